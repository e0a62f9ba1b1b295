"""Writes down how to sign in to the sample data; `make run` shows it."""

from __future__ import annotations

import os
from pathlib import Path

from samples import people
from samples.approvals import APPROVER
from samples.sellers import manager_phone

FILE = "sample-sign-ins.txt"

PHONES = (
    (people.SHOPPER_PHONE, "消费者（丽水）", "a shopper in Lishui"),
    (people.OTHER_SHOPPER_PHONE, "消费者（有退款和拒付）", "a shopper with refunds and a dispute"),
    (people.KEEPER_PHONE, "自提点保管员（莲都）", "a pick-up point's keeper in Liandu"),
    (people.DONGYANG_CLERK_PHONE, "示例中学 · 东阳 采购员", "buying-unit clerk, Dongyang"),
    (people.JINYUN_CLERK_PHONE, "示例医院 · 缙云 采购员", "buying-unit clerk, Jinyun"),
)
MANAGERS = (
    ("511922", "示例合作社 · 南江 负责人", "cooperative manager, Nanjiang"),
    ("652925", "示例合作社 · 新和 负责人", "cooperative manager, Xinhe"),
)
OFFICES = (
    ("approver", "330783", "东阳市对口办 审核", "approver of Dongyang's office"),
    ("officer", "331122", "缙云县对口办 经办", "officer of Jinyun's office"),
    ("approver", "331100", "丽水市对口办 审核", "approver of Lishui's office"),
    ("officer", "511922", "南江县对口办 经办", "officer of Nanjiang's office"),
)


def write_down(var_dir: Path) -> Path:
    """Write the sign-ins into the checkout's own folder, for its owner only."""
    file = var_dir / FILE
    var_dir.mkdir(exist_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "w", encoding="utf-8") as opened:
        opened.write(told())
    return file


def told() -> str:
    """Say who is there, with the authenticators' secrets: sample accounts guard nothing."""
    lines = ["", "示例账号（仅供开发）/ Sample sign-ins (development only):", ""]
    lines.append("手机号登录，验证码显示在本窗口 / by phone, the code appears in this terminal:")
    lines += [f"  {phone}  {chinese} / {english}" for phone, chinese, english in PHONES]
    lines += [
        f"  {manager_phone(code)}  {chinese} / {english}" for code, chinese, english in MANAGERS
    ]
    lines.append("")
    lines.append(f"账号登录，密码 / by name, password: {people.password()}")
    staff = [("admin", "平台管理员", "platform administrator"), ("auditor", "审计", "auditor")]
    staff += [(f"finance-{number}", "平台财务", "finance officer") for number in (1, 2)]
    staff.append((APPROVER, "示例中学 · 东阳 审批人", "approver of the school in Dongyang"))
    staff += [
        (people.office_login(kind, code), chinese, english)
        for kind, code, chinese, english in OFFICES
    ]
    for login_name, chinese, english in staff:
        authenticator = people.authenticator_of(login_name)
        secret = authenticator.secret if authenticator else ""
        lines.append(f"  {login_name:<22} {chinese} / {english}")
        lines.append(f"  {'':<22} 动态口令密钥 / authenticator: {secret}")
    lines.append("")
    lines.append("当前动态口令 / a code right now: make code NAME=admin")
    return "\n".join([*lines, "", ""])
