#pragma once

#include <cstdio>
#include <cstdlib>

/// What must always hold in a fuzz target: libFuzzer and the smoke run both keep the input of an abort.
#define SOCKDROP_CHECK(condition)                                                                            \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            std::fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition);              \
            std::abort();                                                                                    \
        }                                                                                                    \
    } while (false)
