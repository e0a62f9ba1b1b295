"""What a browser is called to its owner: told by what it says of itself, for recognition only."""

from marketplace.language import Text

# The first that is found counts: most browsers also claim to be others.
_BROWSERS = (
    ("MicroMessenger", Text("微信", "WeChat")),
    ("Edg", Text("微软浏览器", "Edge")),
    ("Firefox", Text("火狐浏览器", "Firefox")),
    ("Chrome", Text("谷歌浏览器", "Chrome")),
    ("Safari", Text("苹果浏览器", "Safari")),
)
_SYSTEMS = (
    ("iPhone", Text("苹果手机", "iPhone")),
    ("iPad", Text("苹果平板", "iPad")),
    ("Android", Text("安卓手机", "Android phone")),
    ("Windows", Text("电脑", "Windows computer")),
    ("Macintosh", Text("苹果电脑", "Mac")),
    ("Linux", Text("电脑", "Linux computer")),
)
_PROGRAM = Text("程序或未知设备", "A program or an unknown device")
_BOTH = Text("{browser}，{system}", "{browser}, {system}")


def device_name(user_agent: str) -> Text:
    """Return what a device is called; nothing of what it said is repeated."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), None)
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), None)
    if browser and system:
        return _BOTH.format(browser=browser, system=system)
    return browser or system or _PROGRAM
