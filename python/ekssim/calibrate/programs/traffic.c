// The traffic of the calibration rig: a client in one network namespace, a server in another, each on a core of its own
// choosing. The client reads one command a line on standard input and answers each with one line of numbers.
// Costs are the run time that the scheduler counts for both ends, so that others on the machine hardly matter (DPR-5).
//
//   short MS IP PORT            new connections one after another: connect, one request, one reply, close
//   open MS IP PORT BYTES       requests of that many bytes over one connection
//   udp MS IP PORT              a new flow for each request
//   cold MS IP PORT WALK        as short, with WALK bytes of memory read before each connection
//   load RATE MS IP PORT SEED   new connections at random times (Poisson), whether or not the last one has ended
//   connect COUNT WAIT IP PORT  that many connections, given up after WAIT ms
//   hold COUNT WAIT IP PORT     the same, all kept open to the end
//   keep IP PORT, ask           opens a connection; asks once over it
//   clocks                      the shortest time of a packet sent to oneself, by the wall and by the scheduler
//
// Answers: transactions, failures, ns of wall time, ns of client, ns of server, and for load the sum of latencies in ns.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { message_bytes = 64, largest_message = 1 << 20, most_in_flight = 4096, most_held = 1024 };

static char buffer[largest_message];
static int has_servers = 0;
static clockid_t server_clocks[2];  // of the TCP and the UDP server
static int kept = -1;

struct tally {
    long done, failed;
    int64_t wall, client, server, latency;
};

static void die(const char* what) {
    fprintf(stderr, "traffic: %s: %s\n", what, strerror(errno));
    exit(1);
}

static int64_t clock_ns(clockid_t clock) {
    struct timespec now;
    if (clock_gettime(clock, &now) != 0) return 0;
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int64_t servers_ns(void) {
    return has_servers ? clock_ns(server_clocks[0]) + clock_ns(server_clocks[1]) : 0;
}

static void on_alarm(int signal_number) { (void)signal_number; }

// A blocked call ends with EINTR then: no window can hang.
static void set_alarm(long ms) {
    struct itimerval timer = {.it_value = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000}};
    setitimer(ITIMER_REAL, &timer, NULL);
}

static void enter(const char* name_space, int core) {
    if (strcmp(name_space, "-") != 0) {
        char path[256];
        snprintf(path, sizeof path, "/run/netns/%s", name_space);
        const int file = open(path, O_RDONLY | O_CLOEXEC);
        if (file < 0 || setns(file, CLONE_NEWNET) != 0) die(path);
        close(file);
    }
    cpu_set_t cores;
    CPU_ZERO(&cores);
    CPU_SET(core, &cores);
    if (sched_setaffinity(0, sizeof cores, &cores) != 0) die("sched_setaffinity");
}

static struct sockaddr_in address_of(const char* ip, int port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    if (inet_pton(AF_INET, ip, &address.sin_addr) != 1) die(ip);
    return address;
}

// --- the server ends -------------------------------------------------------------------------------------------------

static int bound(int type, int port) {
    const int one = 1;
    const int socket_ = socket(AF_INET, type, 0);
    const struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    setsockopt(socket_, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (socket_ < 0 || bind(socket_, (const struct sockaddr*)&any, sizeof any) != 0) die("bind");
    return socket_;
}

// A message begins with its length; the answer has always the same size. Returns whether the connection goes on.
static int serve_message(int connection) {
    ssize_t have = recv(connection, buffer, sizeof buffer, 0);
    if (have < (ssize_t)sizeof(uint32_t)) return 0;
    uint32_t total;
    memcpy(&total, buffer, sizeof total);
    while (have < (ssize_t)total) {
        const ssize_t more = recv(connection, buffer + message_bytes, sizeof buffer - message_bytes, 0);
        if (more <= 0) return 0;
        have += more;
    }
    return send(connection, buffer, message_bytes, MSG_NOSIGNAL) == message_bytes;
}

static void serve_tcp(int listening) {
    for (;;) {
        const int connection = accept4(listening, NULL, NULL, SOCK_CLOEXEC);
        if (connection < 0) continue;
        while (serve_message(connection)) {
        }
        close(connection);
    }
}

static void serve_udp(int socket_) {
    for (;;) {
        struct sockaddr_in from;
        socklen_t length = sizeof from;
        if (recvfrom(socket_, buffer, message_bytes, 0, (struct sockaddr*)&from, &length) <= 0) continue;
        sendto(socket_, buffer, message_bytes, 0, (struct sockaddr*)&from, length);
    }
}

static void start_server(int type, const char* name_space, int port, int core, clockid_t* clock) {
    int ready[2];
    if (pipe(ready) != 0) die("pipe");
    const pid_t parent = getpid(), child = fork();
    if (child < 0) die("fork");
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent) _exit(1);  // it was gone before the kernel was told
        enter(name_space, core);
        const int socket_ = bound(type, port);
        if (type == SOCK_STREAM && listen(socket_, most_held) != 0) die("listen");
        if (write(ready[1], "1", 1) != 1) die("write");
        if (type == SOCK_STREAM) serve_tcp(socket_);
        serve_udp(socket_);
    }
    close(ready[1]);
    char sign;
    if (read(ready[0], &sign, 1) != 1) exit(1);
    close(ready[0]);
    if (clock_getcpuclockid(child, clock) != 0) die("clock_getcpuclockid");
}

// --- the client ------------------------------------------------------------------------------------------------------

static int connected(const struct sockaddr_in* to) {
    const int connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connection < 0) return -1;
    if (connect(connection, (const struct sockaddr*)to, sizeof *to) == 0) return connection;
    close(connection);
    return -1;
}

static int ask(int connection, uint32_t bytes) {
    memcpy(buffer, &bytes, sizeof bytes);
    for (uint32_t sent = 0; sent < bytes;) {
        const ssize_t now = send(connection, buffer + sent, bytes - sent, MSG_NOSIGNAL);
        if (now <= 0) return 0;
        sent += (uint32_t)now;
    }
    return recv(connection, buffer, message_bytes, MSG_WAITALL) == message_bytes;
}

static int one_connection(const struct sockaddr_in* to) {
    const int connection = connected(to);
    if (connection < 0) return 0;
    const int answered = ask(connection, message_bytes);
    close(connection);
    return answered;
}

static int one_flow(const struct sockaddr_in* to) {
    const int socket_ = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    int answered = connect(socket_, (const struct sockaddr*)to, sizeof *to) == 0 &&
                   send(socket_, buffer, message_bytes, 0) == message_bytes;
    answered = answered && recv(socket_, buffer, message_bytes, 0) == message_bytes;
    close(socket_);
    return answered;
}

static void count(struct tally* tally, int answered) {
    if (answered)
        ++tally->done;
    else
        ++tally->failed;
}

static struct tally closed_loop(long ms, int (*once)(const struct sockaddr_in*), const struct sockaddr_in* to) {
    struct tally tally = {0};
    const int64_t wall = clock_ns(CLOCK_MONOTONIC), client = clock_ns(CLOCK_PROCESS_CPUTIME_ID), server = servers_ns();
    set_alarm(ms + 1000);
    int64_t now = wall;
    for (; now < wall + ms * 1000000 && tally.failed < 10; now = clock_ns(CLOCK_MONOTONIC)) count(&tally, once(to));
    set_alarm(0);
    tally.wall = now - wall;
    tally.client = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - client;
    tally.server = servers_ns() - server;
    return tally;
}

static uint32_t open_bytes = message_bytes;
static int open_connection = -1;

static int one_request(const struct sockaddr_in* to) {
    (void)to;
    return ask(open_connection, open_bytes);
}

static struct tally requests(long ms, const struct sockaddr_in* to, uint32_t bytes) {
    struct tally tally = {.failed = 1};
    open_bytes = bytes < message_bytes ? message_bytes : bytes > largest_message ? largest_message : bytes;
    set_alarm(1000);
    open_connection = connected(to);
    if (open_connection < 0 || !ask(open_connection, message_bytes)) return tally;
    tally = closed_loop(ms, one_request, to);
    close(open_connection);
    return tally;
}

// Only the connections are timed, not the walk that pushes the rules out of the caches.
static struct tally cold(long ms, const struct sockaddr_in* to, size_t walk_bytes) {
    struct tally tally = {0};
    volatile char* memory = malloc(walk_bytes);
    if (memory == NULL) die("malloc");
    memset((void*)memory, 1, walk_bytes);
    const int64_t begin = clock_ns(CLOCK_MONOTONIC), server = servers_ns();
    while (clock_ns(CLOCK_MONOTONIC) < begin + ms * 1000000 && tally.failed < 10) {
        for (size_t i = 0; i < walk_bytes; i += 64) memory[i] ^= 1;
        const int64_t wall = clock_ns(CLOCK_MONOTONIC), client = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
        set_alarm(1000);
        count(&tally, one_connection(to));
        set_alarm(0);
        tally.wall += clock_ns(CLOCK_MONOTONIC) - wall;
        tally.client += clock_ns(CLOCK_PROCESS_CPUTIME_ID) - client;
    }
    tally.server = servers_ns() - server;
    free((void*)memory);
    return tally;
}

struct flight {
    int connection;  // -1 where the place is free
    int64_t due;
};

static void depart(int polled, struct flight* flights, int place, int64_t due, const struct sockaddr_in* to) {
    const int connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (connection < 0) return;
    connect(connection, (const struct sockaddr*)to, sizeof *to);
    struct epoll_event interest = {.events = EPOLLOUT, .data.u32 = (uint32_t)place};
    epoll_ctl(polled, EPOLL_CTL_ADD, connection, &interest);
    flights[place] = (struct flight){.connection = connection, .due = due};
}

// Connected: asks. Answered: lands, and is counted with its latency since it was due.
static int move_on(int polled, struct flight* flight, const struct epoll_event* event, struct tally* tally) {
    struct epoll_event interest = {.events = EPOLLIN, .data.u32 = event->data.u32};
    if ((event->events & EPOLLOUT) != 0 && (event->events & EPOLLERR) == 0) {
        const uint32_t bytes = message_bytes;
        memcpy(buffer, &bytes, sizeof bytes);
        if (send(flight->connection, buffer, message_bytes, MSG_NOSIGNAL) == message_bytes) {
            epoll_ctl(polled, EPOLL_CTL_MOD, flight->connection, &interest);
            return 0;
        }
    } else if (recv(flight->connection, buffer, message_bytes, 0) == message_bytes) {
        ++tally->done;
        tally->latency += clock_ns(CLOCK_MONOTONIC) - flight->due;
        --tally->failed;
    }
    ++tally->failed;
    close(flight->connection);
    flight->connection = -1;
    return 1;
}

static struct tally load(double rate, long ms, const struct sockaddr_in* to, long seed) {
    static struct flight flights[most_in_flight];
    for (int i = 0; i < most_in_flight; ++i) flights[i].connection = -1;
    struct tally tally = {0};
    const int polled = epoll_create1(EPOLL_CLOEXEC), timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    struct epoll_event interest = {.events = EPOLLIN, .data.u32 = UINT32_MAX};
    if (polled < 0 || timer < 0 || epoll_ctl(polled, EPOLL_CTL_ADD, timer, &interest) != 0) die("epoll");
    srand48(seed);
    const int64_t wall = clock_ns(CLOCK_MONOTONIC), client = clock_ns(CLOCK_PROCESS_CPUTIME_ID), server = servers_ns();
    const int64_t end = wall + ms * 1000000;
    double next = (double)wall;
    int place = 0, in_flight = 0;
    int64_t now = wall;
    while (now < end || (in_flight > 0 && now < end + 1000000000)) {
        while (next <= (double)now && next < (double)end) {
            for (int i = 0; i < most_in_flight && flights[place].connection >= 0; ++i) place = (place + 1) % most_in_flight;
            if (flights[place].connection >= 0) {
                ++tally.failed;
            } else {
                depart(polled, flights, place, (int64_t)next, to);
                in_flight += flights[place].connection >= 0;
            }
            next += -log(1.0 - drand48()) * 1e9 / rate;
        }
        const int64_t wake = next < (double)end ? (int64_t)next : end + 1000000;
        const struct itimerspec at = {.it_value = {.tv_sec = wake / 1000000000, .tv_nsec = wake % 1000000000}};
        timerfd_settime(timer, TFD_TIMER_ABSTIME, &at, NULL);
        struct epoll_event events[64];
        const int number = epoll_wait(polled, events, 64, 100);
        for (int i = 0; i < number; ++i)
            if (events[i].data.u32 != UINT32_MAX)
                in_flight -= move_on(polled, &flights[events[i].data.u32], &events[i], &tally);
        now = clock_ns(CLOCK_MONOTONIC);
    }
    tally.wall = now - wall;
    tally.client = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - client;
    tally.server = servers_ns() - server;
    tally.failed += in_flight;
    for (int i = 0; i < most_in_flight; ++i)
        if (flights[i].connection >= 0) close(flights[i].connection);
    close(timer);
    close(polled);
    return tally;
}

static struct tally attempts(long number, long wait_ms, const struct sockaddr_in* to, int keep_open) {
    struct tally tally = {0};
    int held[most_held], in_hand = 0;
    for (long i = 0; i < number && in_hand < most_held; ++i) {
        set_alarm(wait_ms);
        const int connection = connected(to);
        set_alarm(0);
        count(&tally, connection >= 0);
        if (connection < 0) continue;
        if (keep_open)
            held[in_hand++] = connection;
        else
            close(connection);
    }
    for (int i = 0; i < in_hand; ++i) close(held[i]);
    return tally;
}

static struct tally keep(const struct sockaddr_in* to) {
    set_alarm(1000);
    kept = connected(to);
    set_alarm(0);
    return (struct tally){.done = kept >= 0, .failed = kept < 0};
}

static struct tally ask_kept(void) {
    set_alarm(1000);
    const int answered = kept >= 0 && ask(kept, message_bytes);
    set_alarm(0);
    return (struct tally){.done = answered, .failed = !answered};
}

// A kernel that accounts interrupts apart leaves the receiving half, which runs within send(), out of the run time. The
// shortest of many sections was not preempted, however busy the machine is.
static struct tally clocks(void) {
    const int socket_ = bound(SOCK_DGRAM, 0);
    struct sockaddr_in self;
    socklen_t length = sizeof self;
    getsockname(socket_, (struct sockaddr*)&self, &length);
    self.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    struct tally shortest = {.done = 1, .wall = INT64_MAX, .client = INT64_MAX};
    for (int i = 0; i < 5000; ++i) {
        const int64_t wall = clock_ns(CLOCK_MONOTONIC), client = clock_ns(CLOCK_THREAD_CPUTIME_ID);
        sendto(socket_, buffer, message_bytes, 0, (struct sockaddr*)&self, sizeof self);
        const int64_t client_took = clock_ns(CLOCK_THREAD_CPUTIME_ID) - client, took = clock_ns(CLOCK_MONOTONIC) - wall;
        if (took < shortest.wall) shortest.wall = took;
        if (client_took < shortest.client) shortest.client = client_took;
        recv(socket_, buffer, message_bytes, 0);
    }
    close(socket_);
    return shortest;
}

static struct tally obey(char* line) {
    char ip[64] = "0.0.0.0";
    long ms = 0, more = 0;
    int port = 0;
    double rate = 0;
    if (strncmp(line, "ask", 3) == 0) return ask_kept();
    if (strncmp(line, "clocks", 6) == 0) return clocks();
    if (sscanf(line, "keep %63s %d", ip, &port) == 2) {
        const struct sockaddr_in to = address_of(ip, port);
        return keep(&to);
    }
    if (sscanf(line, "load %lf %ld %63s %d %ld", &rate, &ms, ip, &port, &more) == 5) {
        const struct sockaddr_in to = address_of(ip, port);
        return load(rate, ms, &to, more);
    }
    long number = 0;
    if (sscanf(line, "connect %ld %ld %63s %d", &number, &ms, ip, &port) == 4 ||
        sscanf(line, "hold %ld %ld %63s %d", &number, &ms, ip, &port) == 4) {
        const struct sockaddr_in to = address_of(ip, port);
        return attempts(number, ms, &to, line[0] == 'h');
    }
    char kind[16];
    if (sscanf(line, "%15s %ld %63s %d %ld", kind, &ms, ip, &port, &more) < 4) die("what was asked");
    const struct sockaddr_in to = address_of(ip, port);
    if (strcmp(kind, "open") == 0) return requests(ms, &to, (uint32_t)more);
    if (strcmp(kind, "cold") == 0) return cold(ms, &to, (size_t)more);
    return closed_loop(ms, strcmp(kind, "udp") == 0 ? one_flow : one_connection, &to);
}

int main(int number, char** words) {
    if (number < 6) {
        fprintf(stderr, "usage: traffic SERVER_NS PORT SERVER_CORE CLIENT_NS CLIENT_CORE [CGROUP_PROCS]\n"
                        "NS is the name of a namespace, - for the one it is in, or none for no such end\n");
        return 2;
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int port = atoi(words[2]), server_core = atoi(words[3]);
    has_servers = strcmp(words[1], "none") != 0;
    if (has_servers) {
        start_server(SOCK_STREAM, words[1], port, server_core, &server_clocks[0]);
        start_server(SOCK_DGRAM, words[1], port, server_core, &server_clocks[1]);
    }
    if (strcmp(words[4], "none") == 0) {
        puts("ready");
        fflush(stdout);
        while (getchar() != EOF) {
        }
        return 0;
    }
    if (number > 6) {
        const int group = open(words[6], O_WRONLY | O_CLOEXEC);
        if (group < 0 || write(group, "0", 1) != 1) die(words[6]);
        close(group);
    }
    enter(words[4], atoi(words[5]));
    const struct sigaction action = {.sa_handler = on_alarm};  // without SA_RESTART
    sigaction(SIGALRM, &action, NULL);
    char line[256];
    puts("ready");
    fflush(stdout);
    while (fgets(line, sizeof line, stdin) != NULL) {
        const struct tally t = obey(line);
        printf("%ld %ld %lld %lld %lld %lld\n", t.done, t.failed, (long long)t.wall, (long long)t.client, (long long)t.server,
               (long long)t.latency);
        fflush(stdout);
    }
    return 0;
}
