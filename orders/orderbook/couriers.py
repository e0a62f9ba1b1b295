"""The couriers to choose from, by the code under which a parcel is recorded."""

from marketplace.language import Text

COURIERS = {
    "sf": Text("顺丰速运", "SF Express"),
    "ems": Text("邮政速递", "China Post EMS"),
    "postal": Text("邮政快递包裹", "China Post parcel"),
    "zto": Text("中通快递", "ZTO Express"),
    "yto": Text("圆通速递", "YTO Express"),
    "sto": Text("申通快递", "STO Express"),
    "yunda": Text("韵达快递", "Yunda Express"),
    "jd": Text("京东快递", "JD Logistics"),
    "jitu": Text("极兔速递", "J&T Express"),
    "deppon": Text("德邦快递", "Deppon"),
}


def courier_name(code: str) -> str:
    """Return a courier's name; an unknown one is told by its code."""
    return str(COURIERS[code]) if code in COURIERS else code
