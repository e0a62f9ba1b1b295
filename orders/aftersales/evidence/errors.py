"""The ways in which evidence is refused."""

from marketplace.errors import Conflict, NotFound
from marketplace.language import Text


class EvidenceNotFound(NotFound):
    """No such photo, or not one the caller may see."""

    title = Text("没有找到这张照片", "No such photo")


class EvidenceClosed(Conflict):
    """The case is over."""

    title = Text("售后已结束，不能再添加照片", "The case is over; no photo can be added")


class TooMuchEvidence(Conflict):
    """One side has added as many photos as a case takes."""

    title = Text("每方最多上传 9 张照片", "Each side may add nine photos")


class EvidenceRepeated(Conflict):
    """This side has added this photo already."""

    title = Text("这张照片已经上传过了", "This photo is there already")
