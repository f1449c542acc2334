// The reader of the rig's exported events, in the place of an agent: it sleeps until the kernel has some, takes all there
// are, and looks at each. For each line on standard input it answers with how many it has seen, and with its CPU time
// in nanoseconds. The ring buffer is as linux/bpf.h has it: a page with the reader's position, one with the writer's,
// and the data twice, so that no record is cut.

#define _GNU_SOURCE
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

enum { header_bytes = 8 };
static const uint32_t busy = 1u << 31, discarded = 1u << 30;

static void die(const char* what) {
    perror(what);
    exit(1);
}

int main(int number, char** words) {
    if (number < 3) {
        fprintf(stderr, "usage: events FILE_OF_THE_RING BYTES\n");
        return 2;
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int ring = atoi(words[1]);
    const uint64_t bytes = strtoull(words[2], NULL, 10);
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    volatile uint64_t* reader = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, ring, 0);
    char* shown = mmap(NULL, page + 2 * bytes, PROT_READ, MAP_SHARED, ring, (off_t)page);
    if (reader == MAP_FAILED || shown == MAP_FAILED) die("mmap");
    const uint64_t* writer = (const uint64_t*)shown;
    const char* data = shown + page;
    const int polled = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event of_ring = {.events = EPOLLIN, .data.u32 = 0}, of_input = {.events = EPOLLIN, .data.u32 = 1};
    if (polled < 0 || epoll_ctl(polled, EPOLL_CTL_ADD, ring, &of_ring) != 0 ||
        epoll_ctl(polled, EPOLL_CTL_ADD, STDIN_FILENO, &of_input) != 0)
        die("epoll");
    puts("ready");
    fflush(stdout);
    uint64_t seen = 0, read_to = 0;
    volatile uint32_t looked_at = 0;
    for (;;) {
        struct epoll_event events[2];
        const int ready = epoll_wait(polled, events, 2, -1);
        while (read_to < __atomic_load_n(writer, __ATOMIC_ACQUIRE)) {
            const char* record = data + (read_to & (bytes - 1));
            const uint32_t length = __atomic_load_n((const uint32_t*)record, __ATOMIC_ACQUIRE);
            if (length & busy) break;
            if (!(length & discarded)) {
                looked_at += *(const uint32_t*)(record + header_bytes);
                ++seen;
            }
            read_to += ((length & ~discarded) + header_bytes + 7) / 8 * 8;
            __atomic_store_n(reader, read_to, __ATOMIC_RELEASE);
        }
        for (int i = 0; i < ready; ++i) {
            char line[64];
            if (events[i].data.u32 != 1) continue;
            if (read(STDIN_FILENO, line, sizeof line) <= 0) return 0;
            struct timespec used;
            clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
            printf("%llu %lld\n", (unsigned long long)seen, (long long)used.tv_sec * 1000000000 + used.tv_nsec);
            fflush(stdout);
        }
    }
}
