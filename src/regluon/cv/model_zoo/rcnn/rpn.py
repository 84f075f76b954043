"""The region proposal network (Ren et al., 2015, section 3.1), put together as GluonCV does."""

from collections.abc import Sequence
from typing import Any

from regluon import autograd
from regluon.cv.anchor import RPNAnchorGenerator
from regluon.cv.nn.bbox import BBoxClipToImage
from regluon.cv.nn.coder import NormalizedBoxCenterDecoder
from regluon.gluon import nn
from regluon.gluon.hybrid import HybridBlock
from regluon.initializer import Normal

__all__ = ["RPN", "RPNHead", "RPNProposal"]


class RPNProposal(HybridBlock):
    """Turn what is predicted for anchors into proposals, without suppression yet; GluonCV's ``RPNProposal``.

    Args:
        clip: upper bound of the sizes' offsets; None for none.
        min_size: the least width and height of a proposal, in pixels.
        stds: what offsets are multiplied by.
        minimal_opset: use common operators only.
    """

    def __init__(self, clip: float | None, min_size: float, stds: Sequence[float], minimal_opset: bool = False) -> None:
        super().__init__()
        self._box_decoder = NormalizedBoxCenterDecoder(
            stds, convert_anchor=True, clip=clip, minimal_opset=minimal_opset
        )
        self._clipper = BBoxClipToImage()
        self._min_size = min_size

    def hybrid_forward(self, F: Any, anchor: Any, score: Any, bbox_pred: Any, img: Any) -> Any:
        """Decode.

        Args:
            F: the face.
            anchor: ``(1, N, 4)`` corner boxes.
            score: ``(B, N, 1)`` probabilities of an object.
            bbox_pred: ``(B, N, 4)`` offsets.
            img: ``(B, C, H, W)``, of which only the shape matters.

        Returns:
            ``(B, N, 5)`` rows of score and corner box, cut at the image's edges; -1 for those that are too small. No
            gradient flows.
        """
        boxes = self._clipper(self._box_decoder(bbox_pred, anchor), img)
        left, top, right, bottom = F.split(boxes, axis=-1, num_outputs=4)
        small = (right - left + 1 < self._min_size) + (bottom - top + 1 < self._min_size)
        rows = F.concat(score, boxes, dim=-1)
        return F.stop_gradient(F.where(F.broadcast_like(small, rows), F.ones_like(rows) * -1, rows))


class RPNHead(HybridBlock):
    """Judge and shift the anchors of one feature map; GluonCV's ``RPNHead``.

    Args:
        channels: channels of the convolution in front.
        anchor_depth: anchors around each cell.
        names: ``prefix`` and ``params``.
    """

    def __init__(self, channels: int, anchor_depth: int, **names: Any) -> None:
        super().__init__(**names)
        with self.name_scope():
            self.conv1, self.score, self.loc = _layers(channels, anchor_depth)

    def hybrid_forward(self, F: Any, x: Any) -> tuple[Any, Any, Any, Any]:
        """Predict from a feature map ``(B, C, H, W)``.

        Returns:
            Probabilities ``(B, N, 1)`` and offsets ``(B, N, 4)`` through which no gradient flows, then scores before
            the sigmoid and the offsets through which it does.
        """
        return _predict(F, x, self)


class RPN(HybridBlock):
    """Propose boxes that may hold an object, whatever it is; GluonCV's ``RPN``.

    There are as many proposals as there are anchors where these are fewer than asked for; GluonCV fails then.

    Args:
        channels: channels of the convolution in front of the predictions.
        strides: distance of anchors in pixels, for each level of a pyramid.
        base_size: size that scales are multiples of, in pixels.
        scales: sizes of anchors in base sizes; with several levels, those of each.
        ratios: heights of anchors relative to their widths.
        alloc_size: the most rows and columns of the first feature map; halved level by level, down to 16.
        clip: upper bound of the sizes' offsets; None for none.
        nms_thresh: overlap above which the lower-scored of two proposals is dropped.
        train_pre_nms: proposals that take part in that while training.
        train_post_nms: proposals that are returned then.
        test_pre_nms: proposals that take part otherwise.
        test_post_nms: proposals that are returned otherwise.
        min_size: the least width and height of a proposal, in pixels.
        multi_level: there are several feature maps, with predictors in common.
        per_level_nms: drop overlapping proposals of each level by themselves only.
        minimal_opset: use common operators only.
        names: ``prefix`` and ``params``.
    """

    def __init__(
        self,
        channels: int,
        strides: int | Sequence[int],
        base_size: float,
        scales: Sequence[Any],
        ratios: Sequence[float],
        alloc_size: Sequence[int],
        clip: float | None,
        nms_thresh: float,
        train_pre_nms: int,
        train_post_nms: int,
        test_pre_nms: int,
        test_post_nms: int,
        min_size: float,
        multi_level: bool = False,
        per_level_nms: bool = False,
        minimal_opset: bool = False,
        **names: Any,
    ) -> None:
        super().__init__(**names)
        self._nms_thresh, self._multi_level, self._per_level_nms = nms_thresh, multi_level, per_level_nms
        self._train_nms = max(1, train_pre_nms), max(1, train_post_nms)
        self._test_nms = max(1, test_pre_nms), max(1, test_post_nms)
        with self.name_scope():
            if isinstance(strides, Sequence) and multi_level:
                self.anchor_generator = nn.HybridSequential()
                size = tuple(alloc_size)
                for stride, scale in zip(strides, scales, strict=True):
                    self.anchor_generator.add(RPNAnchorGenerator(stride, base_size, ratios, scale, size))
                    size = (max(size[0] // 2, 16),) * 2
                self.rpn_head = RPNHead(channels, self.anchor_generator[0].num_depth)
            else:
                self.anchor_generator = RPNAnchorGenerator(strides, base_size, ratios, scales, alloc_size)  # pyright: ignore[reportArgumentType]
                self.conv1, self.score, self.loc = _layers(channels, self.anchor_generator.num_depth)
            self.region_proposer = RPNProposal(clip, min_size, (1.0, 1.0, 1.0, 1.0), minimal_opset)

    def hybrid_forward(self, F: Any, img: Any, *x: Any) -> tuple[Any, ...]:
        """Propose.

        Args:
            F: the face.
            img: ``(B, C, H, W)``, of which only the shape matters.
            x: feature maps, the largest first.

        Returns:
            Probabilities ``(B, K, 1)`` and corner boxes ``(B, K, 4)`` of the proposals, the best first and -1 where
            there are no more. While training also scores before the sigmoid ``(B, N, 1)`` and offsets ``(B, N, 4)`` of
            all anchors, and the anchors ``(1, N, 4)``, in a list of levels if there are several.
        """
        before, after = self._train_nms if autograd.is_training() else self._test_nms
        anchors, proposals, scores, offsets = [], [], [], []
        generators: Any = self.anchor_generator
        for level, features in enumerate(x if self._multi_level else x[:1]):
            generate = generators[level] if self._multi_level else generators
            anchors.append(generate(features))
            score, shift, raw_score, raw_shift = (
                self.rpn_head(features) if self._multi_level else _predict(F, features, self)
            )
            proposed = self.region_proposer(anchors[-1], score, shift, img)
            if self._multi_level and self._per_level_nms:
                proposed = F.contrib.box_nms(
                    proposed, overlap_thresh=self._nms_thresh, topk=before // len(x), coord_start=1, score_index=0,
                    id_index=-1,
                )  # fmt: skip
            proposals.append(proposed)
            scores.append(raw_score)
            offsets.append(raw_shift)
        # Where levels are suppressed already, the threshold of 2 only sorts.
        sorts = self._multi_level and self._per_level_nms
        found = F.contrib.box_nms(
            _join(F, proposals), overlap_thresh=2.0 if sorts else self._nms_thresh, topk=before + int(sorts),
            coord_start=1, score_index=0, id_index=-1, force_suppress=True,
        )  # fmt: skip
        found = F.stop_gradient(F.slice(found, begin=(None, None), end=(None, after)))
        result = F.slice_axis(found, axis=-1, begin=0, end=1), F.slice_axis(found, axis=-1, begin=1, end=None)
        if not autograd.is_training():
            return result
        return *result, _join(F, scores), _join(F, offsets), anchors if self._multi_level else anchors[0]

    def get_test_post_nms(self) -> int:
        """Return how many proposals there are at most when not training."""
        return self._test_nms[1]


def _layers(channels: int, anchor_depth: int) -> tuple[nn.HybridSequential, nn.Conv2D, nn.Conv2D]:
    """Make the convolution in front and both predictors."""
    conv1 = nn.HybridSequential()
    conv1.add(nn.Conv2D(channels, 3, 1, 1, weight_initializer=Normal(0.01)), nn.Activation("relu"))
    score, loc = (nn.Conv2D(anchor_depth * width, 1, weight_initializer=Normal(0.01)) for width in (1, 4))
    return conv1, score, loc


def _predict(F: Any, x: Any, layers: Any) -> tuple[Any, Any, Any, Any]:
    """Predict one row for each anchor."""
    x = layers.conv1(x)
    score, shift = (
        F.reshape(F.transpose(layer(x), axes=(0, 2, 3, 1)), shape=(0, -1, width))
        for layer, width in ((layers.score, 1), (layers.loc, 4))
    )
    return F.sigmoid(F.stop_gradient(score)), F.stop_gradient(shift), score, shift


def _join(F: Any, levels: list[Any]) -> Any:
    return F.concat(*levels, dim=1) if len(levels) > 1 else levels[0]
