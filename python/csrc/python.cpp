/*
 * python.cpp: the ops as Python functions, OP(tensor, *parameters) and OP_(tensor, *parameters), all positional. They save the microsecond that torch.ops
 * takes to read a call; whatever is not a plain tensor goes to torch.ops all the same, by the function that set_fallback was given.
 */
#include <torch/csrc/Exceptions.h>
#include <torch/csrc/autograd/python_variable.h>
#include <ATen/PythonTorchFunctionTLS.h>

#include "library.h"

namespace ramp_torch {
namespace {

PyObject *fallback = nullptr; /* (name, tensor, *parameters) */

struct ReleaseGil {
    PyThreadState *state = PyEval_SaveThread();
    ~ReleaseGil() { PyEval_RestoreThread(state); }
};

PyObject *call_fallback(const char *name, PyObject *const *args, Py_ssize_t count) {
    if (!fallback) return PyErr_Format(PyExc_RuntimeError, "ramp_torch._C is used by ramp_torch alone: import ramp_torch"), nullptr;
    PyObject *list = PyTuple_New(count + 1);
    if (!list) return nullptr;
    PyTuple_SET_ITEM(list, 0, PyUnicode_FromString(name));
    for (Py_ssize_t i = 0; i < count; i++) {
        Py_INCREF(args[i]);
        PyTuple_SET_ITEM(list, i + 1, args[i]);
    }
    PyObject *result = PyObject_Call(fallback, list, nullptr);
    Py_DECREF(list);
    return result;
}

template <int id, bool in_place> PyObject *run(PyObject *, PyObject *const *args, Py_ssize_t count) {
    HANDLE_TH_ERRORS
    constexpr int wanted = Row<id>::count;
    const char *const name = in_place ? Row<id>::name_ : Row<id>::name;
    if (count != 1 + wanted || !THPVariable_CheckTypeExact(Py_TYPE(args[0])) || at::impl::torch_function_mode_enabled())
        return call_fallback(name, args, count);
    double p[wanted + 1];
    for (int i = 0; i < wanted; i++) {
        if (PyFloat_CheckExact(args[1 + i]))
            p[i] = PyFloat_AS_DOUBLE(args[1 + i]);
        else if (PyLong_CheckExact(args[1 + i]))
            p[i] = PyLong_AsDouble(args[1 + i]);
        else
            return call_fallback(name, args, count);
    }
    if (wanted > 0 && PyErr_Occurred()) return nullptr;
    if constexpr (in_place) {
        at::Tensor self = THPVariable_Unpack(args[0]);
        {
            ReleaseGil released;
            call_<id>(self, p);
        }
        Py_INCREF(args[0]);
        return args[0];
    } else {
        const at::Tensor &self = THPVariable_Unpack(args[0]);
        at::Tensor result;
        {
            ReleaseGil released;
            result = call<id>(self, p);
        }
        return THPVariable_Wrap(std::move(result));
    }
    END_HANDLE_TH_ERRORS
}

PyObject *set_fallback(PyObject *, PyObject *function) {
    Py_INCREF(function);
    Py_XSETREF(fallback, function);
    Py_RETURN_NONE;
}

template <int id, bool in_place> PyCFunction function() {
    return reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(run<id, in_place>));
}

PyMethodDef methods[] = {
#define RAMP_OP(id, ...)                                                                                                                   \
    {Row<id>::name, function<id, false>(), METH_FASTCALL, nullptr}, {Row<id>::name_, function<id, true>(), METH_FASTCALL, nullptr},
#include <ramp/ops.def>
#undef RAMP_OP
    {"set_fallback", set_fallback, METH_O, nullptr}, {nullptr, nullptr, 0, nullptr}};

PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "_C", "ramp's ops, registered with PyTorch, and as functions.", -1, methods, nullptr, nullptr, nullptr, nullptr};

} // namespace
} // namespace ramp_torch

extern "C" __attribute__((visibility("default"))) PyObject *PyInit__C() { return PyModule_Create(&ramp_torch::module); }
