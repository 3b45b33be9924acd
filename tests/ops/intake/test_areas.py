"""Only our area: what is for another place is told from what is for ours; in doubt it is ours."""

import pytest

from data.model.city import District
from ops.intake.areas import ELSEWHERE, for_us, is_elsewhere
from tests.helpers.makers import make_alert

OURS = District(adcode="220402", name="辽源市龙山区")


@pytest.mark.parametrize(
    ("issuer", "areas", "codes", "elsewhere"),
    [
        ("辽源市气象台", (), (), False),
        ("辽源市气象台", ("龙山区", "西安区"), (), False),
        ("辽源市气象台", ("东丰县", "东辽县"), (), True),
        ("辽源市气象台", ("东丰县", "龙山区寿山镇"), (), False),
        ("辽源市气象台", ("寿山镇",), (), False),  # whose town it is nobody can tell
        ("辽源市气象台", ("东部山区", "城区"), (), False),
        ("辽源市气象局", ("全市",), (), False),
        ("吉林省辽源市气象台", ("吉林省辽源市龙山区",), (), False),
        ("吉林省气象台", (), (), False),
        ("吉林省气象台", ("我省中部",), (), False),
        ("吉林省气象台", ("长春市", "四平市", "吉林市"), (), True),
        ("吉林省气象台", ("长春市", "辽源市"), (), False),
        ("吉林省气象台", ("辽源市东丰县",), (), True),
        ("中央气象台", (), (), False),
        ("中央气象台", ("吉林东部",), (), False),
        ("中央气象台", ("广东省", "广西壮族自治区"), (), True),
        ("市气象台", (), (), False),
        ("区气象局", ("龙山区",), (), False),
        ("长春市气象台", (), (), True),
        ("长春气象台", (), (), True),
        ("辽源气象台", (), (), False),
        ("东丰县气象台", (), (), True),
        ("牡丹江市气象台", ("西安区",), (), True),
        ("龙山县气象台", (), (), True),
        ("湖南省气象台", ("龙山县",), (), True),
        ("广州市气象台", ("天河区",), (), True),
        ("NWS Houston TX", (), (), False),
        ("辽源市气象台", (), ("220400",), False),
        ("吉林省气象台", (), ("220000",), False),
        ("国家预警中心", (), ("100000",), False),
        ("辽源市气象台", (), ("220421",), True),
        ("辽源市气象台", ("东丰县",), ("220400",), True),
        ("长春市气象台", ("长春市",), ("220402",), False),
        ("辽源市气象台", (), ("220402001",), False),
        ("长春市气象台", (), ("220100",), True),
    ],
)
def test_a_warning_is_ours_or_for_another_place(issuer, areas, codes, elsewhere):
    alert = make_alert(issuers=(issuer,), areas=areas, adcodes=codes)
    assert is_elsewhere(alert, OURS) is elsewhere
    assert not is_elsewhere(for_us(alert, OURS), OURS)


@pytest.mark.parametrize(
    ("adcode", "name", "issuer", "elsewhere"),
    [
        ("222401", "延边州延吉市", "延边朝鲜族自治州气象台", False),
        ("222401", "延边朝鲜族自治州延吉市", "延边州气象台", False),
        ("110108", "北京市海淀区", "北京市气象台", False),
        ("110108", "海淀区", "北京市气象台", False),
        ("110108", "海淀区", "朝阳区气象台", True),
        ("440106", "广州市天河区", "广东省气象台", False),
        ("440106", "广州市天河区", "广州市番禺区气象台", True),
        ("150523", "内蒙古通辽市开鲁县", "内蒙古自治区气象台", False),
        ("370703", "潍坊市寒亭区", "潍坊市气象台", False),
        # a table that does not say in what city the district lies can't tell another city
        ("", "龙山区", "辽源市气象台", False),
        ("220402", "龙山区", "辽源市气象台", False),
        ("220402", "龙山区", "东丰县气象台", True),
        ("220402", "龙山区", "辽宁省气象台", True),
        ("220184", "公主岭市", "长春市气象台", False),
        ("220184", "长春市公主岭市", "四平市气象台", True),
        ("220400", "辽源市", "长春市气象台", True),
        ("220402", "Longshan", "辽源市气象台", False),
        ("", "", "辽源市气象台", False),
    ],
)
def test_the_names_of_districts_of_every_kind(adcode, name, issuer, elsewhere):
    district = District(adcode=adcode, name=name)
    assert is_elsewhere(make_alert(issuers=(issuer,)), district) is elsewhere


def test_what_the_officer_takes_for_ours_keeps_its_other_doubts():
    alert = make_alert(doubts=(ELSEWHERE, "doubt.part_unread"))
    mine = for_us(alert, OURS)
    assert mine.doubts == ("doubt.part_unread",)
    assert (mine.provider_id, mine.areas) == (f"{alert.provider_id},ours", ("辽源市龙山区",))
    assert mine.digest != alert.digest


@pytest.mark.parametrize(
    ("issuer", "areas", "elsewhere"),
    [
        ("武汉市江夏区气象台", (), False),
        ("武汉市气象台", ("江夏区", "黄陂区"), False),
        ("湖北省气象台", ("黄石市",), True),
        ("黄石市气象台", (), True),
        ("黄石市大冶市气象台", (), True),
    ],
)
def test_a_city_looks_after_its_counties(issuer, areas, elsewhere):
    city = District(adcode="420100", name="武汉市")
    assert is_elsewhere(make_alert(issuers=(issuer,), areas=areas), city) is elsewhere
