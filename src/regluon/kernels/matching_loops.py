"""Greedy bipartite matching as a compiled loop: the best of what is left, without sorting everything.

Rows and columns are matched one pair at a time, so of each member of the shorter side only the few best partners
matter. One pass over the scores lists them; a list that is used up is written anew from where it ended. Memory beside
the scores is linear in the number of rows and columns.
"""

import numpy as np

from regluon.kernels.jit import compiled

__all__ = ["memory_for", "write_matches"]

# Partners listed at a time: so many that a list is seldom used up, so few that an entry is quick to insert.
_LISTED = 16

# For each member of the shorter side, the values and the partners in its list; then the length of the list and where it
# begins by now.
Memory = tuple[np.ndarray, np.ndarray, np.ndarray]


def memory_for(scores: np.ndarray) -> Memory:
    """Allocate what the loop needs for one image at a time; no two calls at a time may have the same.

    Args:
        scores: ``(..., N, M)``.

    Returns:
        Arrays for the loop to write to.
    """
    members = min(scores.shape[-2:])
    listed = min(members, _LISTED)
    lists = np.empty((members, listed), scores.dtype), np.empty((members, listed), np.int64)
    return *lists, np.empty((2, members), np.int64)


@compiled
def write_matches(
    scores: np.ndarray,
    rows: np.ndarray,
    columns: np.ndarray,
    memory: Memory,
    start: int,
    stop: int,
    threshold: np.floating,
    sign: np.floating,
    limit: int,
) -> None:
    """Fill ``rows[start:stop]`` and ``columns[start:stop]`` with the matches of each image, -1 for none.

    Args:
        scores: ``(B, N, M)``.
        rows: ``(B, N)``, written: the column of each row.
        columns: ``(B, M)``, written: the row of each column.
        memory: what :func:`memory_for` gives, written.
        start: first image to do.
        stop: first image to leave.
        threshold: a pair may match if its score times ``sign`` is above this, of the type of ``scores``.
        sign: 1 where high scores are good, -1 where low ones are, of the type of ``scores``.
        limit: how many pairs at most.
    """
    row_count, column_count = scores.shape[1], scores.shape[2]
    for image in range(start, stop):
        rows[image] = -1
        columns[image] = -1
        flat = scores[image].reshape(row_count * column_count)
        if row_count >= column_count:
            _match(flat, columns[image], rows[image], memory, 1, column_count, threshold, sign, limit)
        else:
            _match(flat, rows[image], columns[image], memory, column_count, 1, threshold, sign, limit)


@compiled
def _match(
    flat: np.ndarray,
    partner_of: np.ndarray,
    member_of: np.ndarray,
    memory: Memory,
    member_step: int,
    partner_step: int,
    threshold: np.floating,
    sign: np.floating,
    limit: int,
) -> None:
    # Members are the shorter side, partners the longer one; steps lead from one to the next in `flat`.
    members = partner_of.size
    values, partners, sizes, heads = memory[0], memory[1], memory[2][0], memory[2][1]
    listed = values.shape[1]
    for member in range(members):
        sizes[member] = heads[member] = 0
    steps = (member_step, partner_step)
    _list_partners(flat, steps, 0, members, member_of, threshold, sign, flat.dtype.type(np.inf), -1, memory)
    for _ in range(limit):
        best = -1
        best_place = 0
        best_value = threshold
        for member in range(members):
            if partner_of[member] >= 0:
                continue
            head = heads[member]
            while head < sizes[member] and member_of[partners[member, head]] >= 0:
                head += 1
            if head == listed:
                last_value, last_partner = values[member, head - 1], partners[member, head - 1]
                sizes[member] = head = 0
                _list_partners(
                    flat, steps, member, member + 1, member_of, threshold, sign, last_value, last_partner, memory
                )
            heads[member] = head
            if head == sizes[member]:
                continue
            value = values[member, head]
            place = member * member_step + partners[member, head] * partner_step
            if best < 0 or value > best_value or (value == best_value and place < best_place):
                best, best_place, best_value = member, place, value
        if best < 0:
            break
        partner = partners[best, heads[best]]
        partner_of[best] = partner
        member_of[partner] = best


@compiled
def _list_partners(
    flat: np.ndarray,
    steps: tuple[int, int],
    first: int,
    stop: int,
    member_of: np.ndarray,
    threshold: np.floating,
    sign: np.floating,
    after_value: np.floating,
    after_partner: int,
    memory: Memory,
) -> None:
    # Lists the best free partners of members first to stop - 1 that come after the given one. Scores are walked in the
    # order they lie in where members are columns, and in a few parallel streams where they are rows.
    values, partners, sizes = memory[0], memory[1], memory[2][0]
    # The value up to which nothing enters a list. Made here: of arrays that it is given the compiler does not know that
    # they lie apart.
    cutoffs = np.empty(sizes.size, flat.dtype)
    member_step, partner_step = np.uint64(steps[0]), np.uint64(steps[1])
    for member in range(first, stop):
        cutoffs[member] = threshold
    for partner in range(np.uint64(member_of.size)):
        for member in range(np.uint64(first), np.uint64(stop)):
            value = flat[member * member_step + partner * partner_step] * sign
            if value > cutoffs[member] and member_of[partner] < 0:
                if value > after_value or (value == after_value and np.int64(partner) <= after_partner):
                    continue
                place = sizes[member] if sizes[member] < values.shape[1] else values.shape[1] - 1
                sizes[member] = place + 1
                while place > 0 and values[member, place - 1] < value:
                    values[member, place] = values[member, place - 1]
                    partners[member, place] = partners[member, place - 1]
                    place -= 1
                values[member, place] = value
                partners[member, place] = partner
                if sizes[member] == values.shape[1]:
                    cutoffs[member] = values[member, values.shape[1] - 1]
