/* devices.cpp: which device of the library serves a tensor, and on which stream. */
#include "ops.h"

#include <c10/core/impl/VirtualGuardImpl.h>
#include <c10/util/Exception.h>
#include <torch/version.h>

#include <dlfcn.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <map>
#include <memory>
#include <mutex>

namespace ramp_torch {

void throw_status(ramp_status status) {
    const std::string text = std::string("ramp_torch: ") + ramp_last_error();
    if (status == RAMP_ERROR_ARGUMENT) TORCH_CHECK_VALUE(false, text);
    if (status == RAMP_ERROR_UNSUPPORTED) TORCH_CHECK_NOT_IMPLEMENTED(false, text);
    TORCH_CHECK(false, text);
}

namespace {

std::mutex mutex;

/* ---- The choice: what may be used ---- */

struct Choice {
    std::string text;                           /* as it was given, for messages */
    std::string host;                           /* the part of it that may serve tensors in the host's memory; "": none */
    bool cuda = false;                          /* CUDA tensors may be served */
    std::atomic<ramp_device *> device{nullptr}; /* what `host` opened */
    bool staged = false;
};

std::atomic<Choice *> current{nullptr};

/* The choice that `text` names; "": that RAMP_BACKEND names. Each is made once and lives on, with its open device: another thread may be using it. */
Choice *find_choice(std::string text) {
    static std::map<std::string, std::unique_ptr<Choice>> choices;
    if (text.empty()) {
        const char *variable = std::getenv("RAMP_BACKEND");
        text = variable && *variable ? variable : "auto";
    }
    auto &c = choices[text];
    if (c) return c.get();
    c = std::make_unique<Choice>();
    c->text = text;
    size_t begin = 0;
    while (begin <= text.size()) {
        size_t end = text.find(',', begin);
        if (end == std::string::npos) end = text.size();
        std::string entry = text.substr(begin, end - begin), name;
        for (char ch : entry.substr(0, entry.find(':')))
            if (ch != ' ') name += ch >= 'A' && ch <= 'Z' ? char(ch - 'A' + 'a') : ch;
        if (name == "auto" || name.empty()) {
            c->cuda = true;
            entry = "cpu";
        }
        if (name == "cuda")
            c->cuda = true;
        else
            c->host += (c->host.empty() ? "" : ",") + entry;
        begin = end + 1;
    }
    return c.get();
}

/* RAMP_BACKEND's, at first. */
Choice *choice() {
    Choice *c = current.load(std::memory_order_acquire);
    if (c) return c;
    std::lock_guard<std::mutex> lock(mutex);
    if (!current.load()) current.store(find_choice(""), std::memory_order_release);
    return current.load();
}

/* Open what serves host tensors; devices stay open, since their memory and threads serve every call to come. */
void open_host(Choice *c) {
    std::lock_guard<std::mutex> lock(mutex);
    if (c->device.load()) return;
    TORCH_CHECK_VALUE(!c->host.empty(), "ramp_torch: this tensor is in the host's memory, and the backend was chosen to be \"", c->text,
                      "\" (by RAMP_BACKEND or ramp_torch.backend), which serves CUDA tensors only. Add to it: \"", c->text, ",cpu\"");
    ramp_device *dev = nullptr;
    ramp_status status = ramp_device_open(&dev, c->host.c_str());
    if (status != RAMP_OK) throw_status(status);
    const std::string backend = ramp_device_backend(dev);
    if (backend != "cpu" && backend != "opencl") {
        ramp_device_close(dev);
        TORCH_CHECK_NOT_IMPLEMENTED(false, "ramp_torch: PyTorch's host tensors can be served by the backends cpu and opencl, not by \"",
                                    backend, "\"");
    }
    c->staged = backend != "cpu";
    c->device.store(dev, std::memory_order_release);
}

/* ---- CUDA ---- */

constexpr int max_devices = 64, max_ops = 64;
std::array<std::atomic<ramp_device *>, max_devices> cuda_devices{};
std::array<std::array<std::atomic<uint8_t>, max_ops>, max_devices> prepared{}; /* a bit for each dtype */

/* The current stream's CUstream, without CUDA's headers. */
void *current_stream(const at::Device &device) {
    const c10::impl::VirtualGuardImpl guard(device.type());
    const c10::Stream stream = guard.getStream(device);
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 11)
    return stream.native_handle();
#else
    /* c10::cuda::CUDAStream is a c10::Stream and nothing else; its stream() lies in the libc10_cuda.so that made this tensor. */
    using Native = void *(*)(const c10::Stream *);
    static const auto native = reinterpret_cast<Native>([] {
        void *library = dlopen("libc10_cuda.so", RTLD_NOLOAD | RTLD_NOW);
        void *symbol = dlsym(library ? library : RTLD_DEFAULT, "_ZNK3c104cuda10CUDAStream6streamEv");
        TORCH_CHECK(
            symbol,
            "ramp_torch: this build of PyTorch does not tell its CUDA streams: c10::cuda::CUDAStream::stream() is not in libc10_cuda.so");
        return symbol;
    }());
    return native(&stream);
#endif
}

ramp_device *wrap_cuda(int index) {
    std::lock_guard<std::mutex> lock(mutex);
    if (ramp_device *dev = cuda_devices[index].load()) return dev;
    ramp_device *dev = nullptr;
    ramp_status status = ramp_device_wrap(&dev, "cuda", index, nullptr);
    if (status != RAMP_OK) throw_status(status);
    cuda_devices[index].store(dev, std::memory_order_release);
    return dev;
}

/* Load the kernels at an op's first call, so that later ones can be captured into a graph, whatever their layout. */
void prepare(int index, ramp_device *dev, const ramp_op &op, ramp_dtype dtype) {
    auto &bits = prepared[index][op.id];
    if (bits.load(std::memory_order_relaxed) & 1u << dtype) return;
    ramp_status status = ramp_prepare(dev, &op, dtype);
    if (status != RAMP_OK) throw_status(status);
    bits.fetch_or(uint8_t(1u << dtype), std::memory_order_relaxed);
}

} // namespace

Place place_of(const at::Device &device, const ramp_op &op, ramp_dtype dtype) {
    Choice *c = choice();
    if (device.is_cpu()) {
        if (!c->device.load(std::memory_order_acquire)) open_host(c);
        return {c->device.load(std::memory_order_relaxed), c->staged, false, nullptr};
    }
    TORCH_CHECK_VALUE(c->cuda, "ramp_torch: this tensor is on ", device, ", and the backend was chosen to be \"", c->text,
                      "\" (by RAMP_BACKEND or ramp_torch.backend), which cannot use PyTorch's CUDA memory. "
                      "Add to it: \"",
                      c->text, ",cuda\", or move the tensor with .cpu()");
    const int index = device.index();
    TORCH_CHECK(index >= 0 && index < max_devices, "ramp_torch: device index ", index, " is not below ", max_devices);
    ramp_device *dev = cuda_devices[index].load(std::memory_order_acquire);
    if (!dev) dev = wrap_cuda(index);
    prepare(index, dev, op, dtype);
    return {dev, false, true, current_stream(device)};
}

std::string set_backend(const std::string &selector) {
    Choice *before = choice(), *after;
    {
        std::lock_guard<std::mutex> lock(mutex);
        after = find_choice(selector);
    }
    if (!after->host.empty() && !after->device.load()) open_host(after);
    current.store(after, std::memory_order_release);
    return before->text;
}

std::string describe_backend() {
    Choice *c = choice();
    if (c->host.empty()) return c->text;
    if (!c->device.load()) open_host(c);
    return std::string(ramp_device_backend(c->device.load())) + ": " + ramp_device_name(c->device.load());
}

ramp_device *cpu_device() {
    static ramp_device *const dev = [] {
        ramp_device *opened = nullptr;
        ramp_status status = ramp_device_open(&opened, "cpu");
        if (status != RAMP_OK) throw_status(status);
        return opened;
    }();
    return dev;
}

} // namespace ramp_torch
