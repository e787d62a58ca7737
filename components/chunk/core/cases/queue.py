"""A queue."""
import heapq


class Queue:
    """Gives the least first.

Lines of a docstring may stand at the margin.
    """

    def __init__(self):
        self.items = []

    @property
    def size(self):
        return len(self.items)

    def push(self, item):
        if item is None:
            raise ValueError("nothing to push")
        else:
            heapq.heappush(self.items, item)


def drain(queue):
    # Until nothing is left.
    while queue.size:
        yield heapq.heappop(queue.items)
