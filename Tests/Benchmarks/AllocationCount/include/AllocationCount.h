#pragma once
#include <stdint.h>

/// How often this process has asked for memory on the heap so far, by all of its threads.
uint64_t allocation_count(void);
