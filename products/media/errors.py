"""How an upload can be refused."""

from marketplace.errors import Conflict, NotFound, PayloadTooLarge, Unprocessable
from marketplace.language import Text


class PhotoNotFound(NotFound):
    title = Text("没有找到这张图片", "There is no such photo")


class PhotoTooLarge(PayloadTooLarge):
    title = Text("图片文件不能超过 8 MB", "A photo may have 8 MB at most")


class PhotoUnreadable(Unprocessable):
    """Not a whole JPEG, PNG or WebP, whatever its name says."""

    title = Text(
        "请上传完好的 JPEG、PNG 或 WebP 图片", "Upload an intact JPEG, PNG or WebP picture"
    )


class PhotoTooManyPixels(Unprocessable):
    title = Text("图片像素过多，请缩小后再上传", "The picture has too many pixels; make it smaller")


class PhotoTooSmall(Unprocessable):
    title = Text(
        "图片太小，边长至少 200 像素", "The picture is too small: 200 pixels a side at least"
    )


class TooManyPhotos(Conflict):
    title = Text("每个产品最多 9 张图片", "A product has nine photos at most")


class PhotoRepeated(Conflict):
    title = Text("这张图片已经上传过", "This photo is already there")
