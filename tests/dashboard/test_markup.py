"""Tables as phones show them."""

import pytest

from dashboard.render.markup import STACKED, Number, table

WIDE = STACKED + 1


@pytest.mark.parametrize(
    ("width", "cell", "is_stacked"),
    [
        (STACKED, "词", True),
        (STACKED, Number("1"), True),
        (WIDE, "词", True),
        (WIDE, Number("1"), False),
    ],
)
def test_words_stack_on_a_phone_and_many_figures_stay_beside_one_another(width, cell, is_stacked):
    heads = [f"列{n}" for n in range(width)]
    shown = table(heads, iter([["甲", *[cell] * (width - 1)]]))
    assert ("xb-stack" in shown) is is_stacked
    assert ('data-head="列1"' in shown) is is_stacked
