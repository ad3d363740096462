#pragma once

#include <atomic>
#include <cerrno>
#include <dlfcn.h>
#include <pthread.h>

namespace sockdrop {

inline std::atomic<bool> isThreadFamine = false;

/// While it lives, the system makes no thread in this process. To be included by the test itself, once a
/// program.
class ThreadFamine final
{
public:
    ThreadFamine() { isThreadFamine = true; }
    ~ThreadFamine() { isThreadFamine = false; }
    ThreadFamine(const ThreadFamine&) = delete;
    ThreadFamine& operator=(const ThreadFamine&) = delete;
};

} // namespace sockdrop

/// In place of the system's for all libraries of the program.
extern "C" int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*run)(void*),
                              void* argument)
{
    using Create = int (*)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
    static const auto create = reinterpret_cast<Create>(::dlsym(RTLD_NEXT, "pthread_create"));
    return sockdrop::isThreadFamine ? EAGAIN : create(thread, attributes, run, argument);
}
