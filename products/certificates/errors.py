"""How certification can refuse."""

from marketplace.errors import Conflict, Forbidden, NotFound, Unprocessable
from marketplace.language import Text


class CertificateNotFound(NotFound):
    title = Text("没有找到这份认定", "There is no such certificate")


class OriginUnknown(Unprocessable):
    """Nobody can vouch for a product whose place is not known."""

    title = Text(
        "主要原料产地未填写，不能申请认定",
        "The origin of the main material is not known, so the product cannot be certified",
    )


class ApplicationPending(Conflict):
    title = Text("这个产品已有在办的认定申请", "An application for this product is being examined")


class CertificateStepRefused(Conflict):
    """The certificate's state does not allow this step."""

    title = Text("认定当前状态不能进行这一步", "The certificate's state does not allow this step")


class CertificateStepNotYours(Forbidden):
    """The step belongs to an office of another level."""

    title = Text("这一步不由您所在的对口办办理", "This step belongs to another office")


class SameExaminer(Conflict):
    """Four steps, four people."""

    title = Text(
        "申请、认定、复核、生效须由不同的人办理",
        "Applying, certifying, reviewing and activating are done by different people",
    )


class CertificateOverlaps(Conflict):
    title = Text(
        "这个产品在该有效期内已有认定", "The product already has a certificate in this period"
    )
