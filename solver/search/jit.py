"""The ways in which functions of the search are compiled.

numba's stubs know neither `_nrt` nor the settings that are made at run time.
"""

import numba

from solver.search.compiling import FOLDER

numba.config.CACHE_DIR = str(FOLDER)  # type: ignore[attr-defined]
compiled = numba.njit(  # type: ignore[call-overload]
    cache=True, nogil=True, _nrt=False, no_cfunc_wrapper=True
)
"""Compiled at the first call and kept on disk; lets other threads run.

The kernels allocate nothing, so numba's reference counts are off: they would cost more than the
search itself.
"""
inner = numba.njit(  # type: ignore[call-overload]
    cache=True, nogil=True, _nrt=False, no_cfunc_wrapper=True, no_cpython_wrapper=True
)
"""The same, to be called by compiled functions alone: without the door for Python, which unpacks
every array of its arguments, compiling takes a third less.
"""
hot = numba.njit(  # type: ignore[call-overload]
    cache=True,
    nogil=True,
    _nrt=False,
    no_cfunc_wrapper=True,
    no_cpython_wrapper=True,
    forceinline=True,
)
"""The same for what the innermost loops call: LLVM makes it part of its callers, whatever its
length; else each call would put some hundred arguments on the stack.
"""
inlined = numba.njit(inline="always", _nrt=False)  # type: ignore[call-overload]
"""Part of its caller, kept apart for the reader.

Numba optimises every function together with all that it calls, so each level of calls costs compile
time again.
"""
