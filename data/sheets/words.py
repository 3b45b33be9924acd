"""What a crew can do, what machines, inlets, causes and remedies there are, and the words for each:
the only lists of them.
"""

from data.model.city import PATROL, SANITATION
from data.model.roster import FIVE_DAYS, FOUR_CREWS
from data.model.street.cleaning import CLEANING
from data.model.street.service_cars import CARS
from data.model.street.street_case import GRID

SKILL_WORDS = {
    "clearing": ("清掏", "人工清掏", "清捞"),
    "jetting": ("高压疏通", "疏通", "冲洗疏通"),
    "confined_space": ("有限空间", "有限空间作业", "下井"),
    "pumping": ("抽排", "排水", "抽水"),
    "scooter": ("平衡车", "骑平衡车"),
}
MACHINE_WORDS = {
    "jetting_truck": ("高压疏通车", "疏通车"),
    "suction_truck": ("吸污车", "吸粪车", "联合吸污车"),
    "sludge_truck": ("污泥运输车", "污泥车"),
    "pump_truck": ("排水泵车", "移动泵车", "泵车"),
    "loader": ("装载机", "铲车"),
    "flusher": ("冲洗车", "高压冲洗车", "洒水车"),
    "sweeper": ("扫路车", "清扫车", "洗扫车"),
}
PROFILE_WORDS = {
    "lorry": ("车辆", "乘车", "货车", "汽车", "大车"),
    "car": ("小车", "轿车", "面包车", "小汽车", "小客车", "van"),
    "scooter": ("电动车", "骑行", "平衡车", "电瓶车"),
    "foot": ("步行", "徒步"),
}
INLET_WORDS = {
    "flat_grate": ("平箅式", "平篦式", "平箅"),
    "kerb": ("立箅式", "立篦式", "侧入式", "curb"),
    "combined": ("联合式", "联合"),
}
CAUSE_WORDS = {
    "leaves": ("落叶", "树叶"),
    "silt": ("淤泥", "泥沙"),
    "litter": ("垃圾", "生活垃圾"),
    "grease": ("油污", "油脂"),
    "mortar": ("砂浆", "水泥浆"),
    "unknown": ("不明", "未知"),
}
REMEDY_WORDS = {
    "hand": ("人工清掏", "人工"),
    "jetting": ("高压疏通", "疏通"),
    "well_entry": ("下井作业", "下井"),
}
LEVEL_WORDS = {
    "IV": ("Ⅳ级", "IV级", "四级", "Ⅳ", "4"),
    "III": ("Ⅲ级", "III级", "三级", "Ⅲ", "3"),
    "II": ("Ⅱ级", "II级", "二级", "Ⅱ", "2"),
    "I": ("Ⅰ级", "I级", "一级", "Ⅰ", "1"),
}
COLOUR_WORDS = {
    "blue": ("蓝色", "蓝"),
    "yellow": ("黄色", "黄"),
    "orange": ("橙色", "橙"),
    "red": ("红色", "红"),
}
PATTERN_WORDS = {
    "on": ("班", "上班"),
    "off": ("休", "休息"),
    FIVE_DAYS: ("做五休二", "五天工作制"),
    FOUR_CREWS: ("四班三运转", "四班三倒"),
}
ABSENCE_WORDS = {
    "off": ("休息", "休", "轮休", "公休"),
    "leave": ("休假", "请假", "年假", "病假", "事假"),
    "absent": ("缺勤", "缺岗", "旷工"),
}
WATCH_WORDS = {
    "officer": ("值守", "值班员", "值班"),
    "leader": ("带班", "带班领导", "领导"),
}
ROLE_WORDS = {
    "leader": ("班长", "组长"),
    "senior": ("骨干", "老员工", "副班长"),
    "junior": ("组员", "员工", "新员工"),
}
SERVICE_WORDS = {
    SANITATION: ("环卫", "环卫作业", "环卫中心"),
    GRID: ("社区网格", "网格", "网格化"),
    PATROL: ("城管巡逻", "城管", "巡逻"),
    CLEANING: ("道路保洁", "保洁", "创城"),
    CARS: ("便民服务站", "便民服务车", "交警便民服务站", "党员便民服务站"),
    "renovation": ("旧改", "旧改办", "老旧小区改造"),
}
CALL_WORDS = {
    "water_rescue": ("落水救援", "落水", "救人"),
    "vehicle_fire": ("车辆起火", "起火", "火情"),
    "injury": ("受伤急救", "受伤", "急救"),
    "no_start": ("车辆打不着火", "搭电", "亏电"),
    "roadside_help": ("路上求助", "求助", "其他求助"),
}
KIT_WORDS = {
    "first_aid": ("急救包", "急救箱"),
    "extinguisher": ("干粉灭火器", "灭火器"),
    "jump_starter": ("应急启动电源", "搭电宝", "搭电器"),
    "rope": ("绳索", "救援绳", "绳子"),
    "life_ring": ("救生圈",),
    "cones": ("锥桶",),
    "tow_rope": ("拖车绳",),
    "tools": ("随车工具", "工具箱"),
    "water": ("饮用水", "水"),
}
WORK_WORDS = {
    "pipe": ("管道", "管网", "排水管", "供水管", "燃气管", "供热管", "电缆", "开挖"),
    "pavement": ("路面", "铺装", "沥青", "道路"),
    "waterproofing": ("防水", "屋面防水"),
    "other": ("其他",),
}
PASSAGE_WORDS = {
    "open": ("不影响", "通行"),
    "slowed": ("缓行", "半幅封闭", "半封闭"),
    "closed": ("封闭", "全封闭", "断路"),
}
SYSTEM_WORDS = {
    "wgs84": ("WGS-84", "GPS", "国际坐标", "cgcs2000", "大地2000"),
    "gcj02": ("GCJ-02", "火星坐标", "高德", "腾讯"),
    "bd09": ("BD-09", "百度", "百度坐标", "bd09ll"),
}
