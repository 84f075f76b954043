"""Run one large case and print how much memory the whole process took at its peak, and how long the case took."""

import json
import resource
import sys
import time

import inputs
import torch

from regluon import nd
from regluon.cv.nn.matcher import BipartiteMatcher, CompositeMatcher, MaximumMatcher, match_boxes
from regluon.cv.target.ssd import SSDTargetGenerator

ANCHORS, TRUTHS = 1_000_000, 2_000
torch.set_num_threads(2)


def suppress():
    rows = nd.array(inputs.rows(32, 100_000, 20))
    return lambda: nd.contrib.box_nms(rows, overlap_thresh=0.45, valid_thresh=0.01, topk=400, id_index=0)


def boxes(shift):
    return inputs.boxes(ANCHORS + TRUTHS, 1000, 200)[shift:]


def match():
    anchors, truths = nd.array(boxes(0)[:ANCHORS]), nd.array(boxes(ANCHORS)[None])
    matcher = CompositeMatcher([BipartiteMatcher(share_max=False), MaximumMatcher(0.5)])
    return lambda: match_boxes(matcher, anchors, truths)


def target():
    anchors, truths = nd.array(boxes(0)[None, :ANCHORS] / 1000), boxes(ANCHORS)[None] / 1000
    label = nd.array(inputs.np.concatenate([0 * truths[..., :1], truths], 2))
    scores = nd.zeros((1, 2, ANCHORS))
    return lambda: nd.contrib.MultiBoxTarget(anchors, label, scores, negative_mining_ratio=3)


def generate():
    anchors, truths = boxes(0)[None, :ANCHORS], nd.array(boxes(ANCHORS)[None])
    size = anchors[..., 2:] - anchors[..., :2]
    anchors = nd.array(inputs.np.concatenate([anchors[..., :2] + size / 2, size], 2))
    scores, ids = nd.zeros((1, ANCHORS, 2)), nd.zeros((1, TRUTHS, 1))
    return lambda: SSDTargetGenerator()(anchors, scores, truths, ids)


# For each case what is done and how many gigabytes it may take.
CASES = {
    "box_nms 32 x 100,000, topk 400": (suppress, 2),
    "match_boxes 1,000,000 anchors, 2,000 boxes": (match, 4),
    "MultiBoxTarget 1,000,000 anchors, 2,000 boxes": (target, 4),
    "SSDTargetGenerator 1,000,000 anchors, 2,000 boxes": (generate, 4),
}

if __name__ == "__main__":
    call = CASES[sys.argv[1]][0]()
    start = time.perf_counter()
    call()
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    print(json.dumps({"gigabytes": peak / 2**30, "seconds": seconds}))
