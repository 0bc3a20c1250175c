"""ramp_torch.save and ramp_torch.backend: settings of the process, each a function that sets and a context manager that restores."""
from ._library import ops


class _Setting:
    def __init__(self, set_value, value):
        self._set, self._before = set_value, set_value(value)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self._set(self._before)


class save(_Setting):
    """What the ops keep for backward, from now on, in every thread; in a `with` block, until its end.

    "auto"    the output of relu, sigmoid and tanh, as PyTorch does; a mask, one bit an element, where else the slope takes two values (relu6, leaky_relu,
              threshold, hardtanh, hardsigmoid, hardshrink, softshrink); otherwise the input. Never more than PyTorch keeps
    "mask"    the mask where there is one, otherwise the input
    "output"  the output where the derivative follows from it in the tensor's dtype at these parameters, otherwise as "auto". It costs no memory where the
              next layer keeps its input anyway (Linear, Conv)
    "input"   the input

    What torch.compile has compiled keeps the setting that it was traced under: set it before the first call.
    """

    def __init__(self, what):
        super().__init__(ops._set_save, what)


class backend(_Setting):
    """Which backends may be used, from now on, in every thread; in a `with` block, until its end. A selector in ramp's grammar, as in RAMP_BACKEND:
    "cpu", "opencl", "opencl:1", "cuda,opencl". CPU tensors go to the first entry that starts and is cpu or opencl ("auto": cpu); CUDA tensors need "cuda" or
    "auto" in the list: they are used where they are, never copied. None: what RAMP_BACKEND says.
    """

    def __init__(self, selector):
        super().__init__(ops._set_backend, selector or "")
        self._before = self._before or ""

    @staticmethod
    def describe():
        """The backend that serves CPU tensors now, and its device: "cpu: ..."."""
        return ops._describe_backend()
