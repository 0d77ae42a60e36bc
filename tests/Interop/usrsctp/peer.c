// An SCTP endpoint on usrsctp over UDP encapsulation (RFC 6951), the foreign end of the interop tests.
//
//   peer listen  [options]     accepts associations on --port
//   peer connect [options]     opens --count associations to the list --peer (sctp_connectx) and --peer-port
//
// Options: --udp N (own UDP port), --peer-udp N, --bind A,B (default: wildcard), --port N, --peer A,B, --peer-port N, --count N,
//   --streams N, --echo (send each message back whole), --quiet (no line per message), --rto-initial MS, --rcvbuf BYTES,
//   --hb-interval MS, --life SECONDS (the program's bound, default 180).
// Commands, a line each on standard input, for the newest association; end of input ends the program:
//   send STREAM PPID o|u SIZE SEED          one message of the test pattern
//   exchange COUNT SIZE STREAMS PPID o|u    messages over the streams; each must come back whole, with its stream, PPID and order
//   bytes COUNT SIZE                        the same as a byte stream on stream 0: message boundaries may change
//   addresses | shutdown | abort REASON | quit
// Each event is a line on standard output; the first word names it, #N is the association (counted from 1).
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <usrsctp.h>

#define MAX_ADDRESSES 32
#define WAIT_SECONDS 60
#define FNV_OFFSET 14695981039346656037ull
#define FNV_PRIME 1099511628211ull

struct association {
    struct socket *socket;
    int number;
    unsigned long long messages, bytes, sum;
};

// What a running exchange expects back; one at a time, guarded by `lock`.
struct exchange {
    bool running, as_bytes, unordered, failed;
    unsigned long count, received;
    size_t size;
    unsigned streams;
    uint32_t ppid;
    unsigned long next_seed[65536];
    unsigned long long position;
};

static struct {
    int udp, peer_udp, port, peer_port, count, streams, rto_initial, rcvbuf, hb_interval, life;
    bool echo, quiet;
    char *bind, *peer;
} options = {.count = 1, .streams = 10, .life = 180};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static struct association *newest;
static struct exchange expected;
static int associations, ended;

static void say(const char *format, ...)
{
    char line[4096];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(line, sizeof line - 1, format, arguments);
    va_end(arguments);
    if (length > (int)sizeof line - 2)
        length = sizeof line - 2;
    line[length] = '\n';
    if (write(STDOUT_FILENO, line, length + 1) < 0) // one write: lines of several threads don't mix
        _exit(1);
}

static void fail(const char *what)
{
    say("FAILED %s: %s", what, strerror(errno));
    _exit(1);
}

static void expired(int signal)
{
    (void)signal;
    if (write(STDOUT_FILENO, "EXPIRED\n", 8) < 0)
        _exit(6);
    _exit(5);
}

// The test pattern: the seed's four bytes (little endian), then bytes that depend on seed and position.
static uint8_t pattern(uint32_t seed, size_t i)
{
    return i < 4 ? seed >> (8 * i) : ((seed + (uint32_t)i) * 2654435761u) >> 24;
}

// ---- addresses -----------------------------------------------------------------------------------------------------

static int parse_addresses(char *list, int port, struct sockaddr_storage *buffer, int *family)
{
    uint8_t *next = (uint8_t *)buffer; // packed: usrsctp takes sockaddrs without padding between them
    int n = 0;
    *family = AF_INET;
    for (char *item = strtok(list, ","); item != NULL && n < MAX_ADDRESSES; item = strtok(NULL, ","), n++) {
        struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port)};
        struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
        if (inet_pton(AF_INET, item, &v4.sin_addr) == 1) {
            memcpy(next, &v4, sizeof v4);
            next += sizeof v4;
        } else if (inet_pton(AF_INET6, item, &v6.sin6_addr) == 1) {
            memcpy(next, &v6, sizeof v6);
            next += sizeof v6;
            *family = AF_INET6;
        } else {
            errno = EINVAL;
            fail(item);
        }
    }
    return n;
}

static void print_address(const void *address, char *text, size_t size)
{
    const struct sockaddr *a = address;
    const void *bytes = a->sa_family == AF_INET ? (const void *)&((const struct sockaddr_in *)address)->sin_addr
                                                : (const void *)&((const struct sockaddr_in6 *)address)->sin6_addr;
    if ((a->sa_family != AF_INET && a->sa_family != AF_INET6) || inet_ntop(a->sa_family, bytes, text, size) == NULL)
        snprintf(text, size, "?");
}

static void print_list(struct sockaddr *list, int n, char *text, size_t size)
{
    size_t used = 0;
    text[0] = 0;
    for (int i = 0; i < n; i++) {
        char one[64];
        print_address(list, one, sizeof one);
        used += snprintf(text + used, used < size ? size - used : 0, "%s%s", i ? "," : "", one);
        list = (struct sockaddr *)((uint8_t *)list
            + (list->sa_family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6)));
    }
}

static void say_addresses(struct association *a)
{
    char locals[1500] = "?", peers[1500] = "?", primary[64] = "?";
    struct sockaddr *list;
    int n = usrsctp_getladdrs(a->socket, 0, &list);
    if (n > 0) {
        print_list(list, n, locals, sizeof locals);
        usrsctp_freeladdrs(list);
    }
    n = usrsctp_getpaddrs(a->socket, 0, &list);
    if (n > 0) {
        print_list(list, n, peers, sizeof peers);
        usrsctp_freepaddrs(list);
    }
    struct sctp_status status = {0};
    socklen_t length = sizeof status;
    if (usrsctp_getsockopt(a->socket, IPPROTO_SCTP, SCTP_STATUS, &status, &length) == 0)
        print_address(&status.sstat_primary.spinfo_address, primary, sizeof primary);
    say("ADDRESSES #%d local %s peer %s primary %s", a->number, locals, peers, primary);
}

// ---- sending -------------------------------------------------------------------------------------------------------

static bool send_message(struct association *a, const void *data, size_t size, unsigned stream, uint32_t ppid, bool unordered)
{
    struct sctp_sndinfo info = {
        .snd_sid = stream, .snd_ppid = htonl(ppid), .snd_flags = unordered ? SCTP_UNORDERED : 0}; // usrsctp passes the PPID through
    if (usrsctp_sendv(a->socket, data, size, NULL, 0, &info, sizeof info, SCTP_SENDV_SNDINFO, 0) >= 0)
        return true;
    say("SENDFAILED #%d %s", a->number, strerror(errno));
    return false;
}

static bool send_pattern(struct association *a, size_t size, uint32_t seed, unsigned stream, uint32_t ppid, bool unordered)
{
    uint8_t *data = malloc(size);
    if (data == NULL)
        fail("malloc");
    for (size_t i = 0; i < size; i++)
        data[i] = pattern(seed, i);
    bool sent = send_message(a, data, size, stream, ppid, unordered);
    free(data);
    return sent;
}

// ---- receiving -----------------------------------------------------------------------------------------------------

// Called under `lock`.
static void check_message(struct association *a, const uint8_t *data, size_t size, const struct sctp_rcvinfo *info)
{
    bool unordered = (info->rcv_flags & SCTP_UNORDERED) != 0;
    uint32_t seed = 0;
    for (size_t i = 0; i < size && i < 4; i++)
        seed |= (uint32_t)data[i] << (8 * i);
    if (size < 4 && info->rcv_sid < expected.streams && !unordered)
        seed = expected.next_seed[info->rcv_sid]; // too short to tell: the order says which one it must be
    const char *wrong = NULL;
    if (size != expected.size)
        wrong = "size";
    else if (ntohl(info->rcv_ppid) != expected.ppid)
        wrong = "PPID";
    else if (unordered != expected.unordered)
        wrong = "unordered flag";
    else if (info->rcv_sid >= expected.streams || (size >= 4 && seed % expected.streams != info->rcv_sid))
        wrong = "stream";
    else if (!unordered && seed != expected.next_seed[info->rcv_sid])
        wrong = "order";
    for (size_t i = 0; wrong == NULL && !(unordered && size < 4) && i < size; i++)
        if (data[i] != pattern(seed, i))
            wrong = "bytes";
    if (wrong != NULL) {
        say("MISMATCH #%d %s: size %zu seed %u stream %u ppid %u %s", a->number, wrong, size, seed, info->rcv_sid,
            ntohl(info->rcv_ppid), unordered ? "unordered" : "ordered");
        expected.failed = true;
    }
    if (info->rcv_sid < expected.streams)
        expected.next_seed[info->rcv_sid] += expected.streams;
    expected.received++;
}

static void check_bytes(struct association *a, const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < size; i++, expected.position++)
        if (data[i] != pattern(expected.position / expected.size, expected.position % expected.size)) {
            say("MISMATCH #%d byte %llu", a->number, expected.position);
            expected.failed = true;
            break;
        }
    expected.received = expected.position / expected.size;
}

static void take_message(struct association *a, const uint8_t *data, size_t size, const struct sctp_rcvinfo *info)
{
    unsigned long long sum = FNV_OFFSET;
    for (size_t i = 0; i < size; i++) {
        sum = (sum ^ data[i]) * FNV_PRIME;
        a->sum = (a->sum ^ data[i]) * FNV_PRIME;
    }
    a->messages++;
    a->bytes += size;
    bool unordered = (info->rcv_flags & SCTP_UNORDERED) != 0;
    if (!options.quiet)
        say("MESSAGE #%d stream %u ppid %u %s bytes %zu sum %016llx", a->number, info->rcv_sid, ntohl(info->rcv_ppid),
            unordered ? "unordered" : "ordered", size, sum);
    pthread_mutex_lock(&lock);
    if (expected.running && a == newest) {
        if (expected.as_bytes)
            check_bytes(a, data, size);
        else
            check_message(a, data, size, info);
        pthread_cond_broadcast(&changed);
    }
    pthread_mutex_unlock(&lock);
    if (options.echo)
        send_message(a, data, size, info->rcv_sid, ntohl(info->rcv_ppid), unordered);
}

static void take_notification(struct association *a, const union sctp_notification *n, size_t *partial)
{
    static const char *states[] = {"?", "COMM_UP", "COMM_LOST", "RESTART", "SHUTDOWN_COMP", "CANT_STR_ASSOC"};
    static const char *paths[] = {"?", "AVAILABLE", "UNREACHABLE", "REMOVED", "ADDED", "MADE_PRIM", "CONFIRMED"};
    char address[64];
    switch (n->sn_header.sn_type) {
    case SCTP_ASSOC_CHANGE:
        say("%s #%d streams in %u out %u error %u", states[n->sn_assoc_change.sac_state <= 5 ? n->sn_assoc_change.sac_state : 0],
            a->number, n->sn_assoc_change.sac_inbound_streams, n->sn_assoc_change.sac_outbound_streams,
            n->sn_assoc_change.sac_error);
        if (n->sn_assoc_change.sac_state == SCTP_COMM_UP || n->sn_assoc_change.sac_state == SCTP_RESTART)
            say_addresses(a);
        if (n->sn_assoc_change.sac_state == SCTP_RESTART)
            *partial = 0;
        break;
    case SCTP_PEER_ADDR_CHANGE:
        print_address(&n->sn_paddr_change.spc_aaddr, address, sizeof address);
        say("ADDRESS #%d %s %s", a->number, address, paths[n->sn_paddr_change.spc_state <= 6 ? n->sn_paddr_change.spc_state : 0]);
        break;
    case SCTP_SHUTDOWN_EVENT:
        say("SHUTDOWN_EVENT #%d", a->number);
        break;
    case SCTP_REMOTE_ERROR:
        say("REMOTE_ERROR #%d cause %u", a->number, ntohs(n->sn_remote_error.sre_error));
        break;
    case SCTP_PARTIAL_DELIVERY_EVENT:
        say("PARTIAL_DELIVERY_ABORTED #%d", a->number);
        *partial = 0;
        break;
    case SCTP_SEND_FAILED_EVENT:
        say("UNDELIVERED #%d", a->number);
        break;
    }
}

static void *receive_loop(void *argument)
{
    struct association *a = argument;
    size_t capacity = 1 << 17, length = 0;
    uint8_t *buffer = malloc(capacity);
    for (;;) {
        if (capacity - length < 1 << 16) // a message is collected whole: partial delivery gives it in pieces
            buffer = realloc(buffer, capacity *= 2);
        if (buffer == NULL)
            fail("malloc");
        struct sctp_rcvinfo info = {0};
        socklen_t info_length = sizeof info, from_length = sizeof(struct sockaddr_storage);
        struct sockaddr_storage from;
        unsigned type = 0;
        int flags = 0;
        ssize_t n = usrsctp_recvv(a->socket, buffer + length, capacity - length, (struct sockaddr *)&from, &from_length, &info,
            &info_length, &type, &flags);
        if (n < 0)
            say("RECEIVEFAILED #%d %s", a->number, strerror(errno));
        if (n <= 0)
            break;
        if (flags & MSG_NOTIFICATION) {
            union sctp_notification notification;
            memset(&notification, 0, sizeof notification);
            memcpy(&notification, buffer + length, (size_t)n < sizeof notification ? (size_t)n : sizeof notification);
            take_notification(a, &notification, &length);
            continue;
        }
        length += n;
        if (flags & MSG_EOR) {
            take_message(a, buffer, length, &info);
            length = 0;
        }
    }
    say("END #%d messages %llu bytes %llu sum %016llx partial %zu", a->number, a->messages, a->bytes, a->sum, length);
    free(buffer);
    pthread_mutex_lock(&lock);
    ended++;
    expected.failed |= expected.running && a == newest;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
    usrsctp_shutdown(a->socket, SHUT_WR); // the socket itself lives until the program ends: commands may still name it
    return NULL;
}

// ---- set-up --------------------------------------------------------------------------------------------------------

static void set(struct socket *s, int level, int name, const void *value, socklen_t length, const char *what)
{
    if (usrsctp_setsockopt(s, level, name, value, length) < 0)
        fail(what);
}

static struct socket *open_socket(int family)
{
    struct socket *s = usrsctp_socket(family, SOCK_STREAM, IPPROTO_SCTP, NULL, NULL, 0, NULL);
    if (s == NULL)
        fail("socket");
    int on = 1, send_buffer = 4 << 20; // usrsctp refuses a message longer than its send buffer
    set(s, SOL_SOCKET, SO_SNDBUF, &send_buffer, sizeof send_buffer, "SO_SNDBUF");
    if (options.rcvbuf > 0)
        set(s, SOL_SOCKET, SO_RCVBUF, &options.rcvbuf, sizeof options.rcvbuf, "SO_RCVBUF");
    set(s, IPPROTO_SCTP, SCTP_RECVRCVINFO, &on, sizeof on, "SCTP_RECVRCVINFO");
    set(s, IPPROTO_SCTP, SCTP_NODELAY, &on, sizeof on, "SCTP_NODELAY");
    struct sctp_initmsg init = {.sinit_num_ostreams = options.streams, .sinit_max_instreams = 65535};
    set(s, IPPROTO_SCTP, SCTP_INITMSG, &init, sizeof init, "SCTP_INITMSG");
    if (options.peer_udp != 0) {
        struct sctp_udpencaps encapsulation = {.sue_port = htons(options.peer_udp)};
        encapsulation.sue_address.ss_family = family;
        set(s, IPPROTO_SCTP, SCTP_REMOTE_UDP_ENCAPS_PORT, &encapsulation, sizeof encapsulation, "SCTP_REMOTE_UDP_ENCAPS_PORT");
    }
    const uint16_t events[] = {SCTP_ASSOC_CHANGE, SCTP_PEER_ADDR_CHANGE, SCTP_SHUTDOWN_EVENT, SCTP_REMOTE_ERROR,
        SCTP_PARTIAL_DELIVERY_EVENT, SCTP_SEND_FAILED_EVENT};
    for (size_t i = 0; i < sizeof events / sizeof *events; i++) {
        struct sctp_event event = {.se_assoc_id = SCTP_FUTURE_ASSOC, .se_type = events[i], .se_on = 1};
        set(s, IPPROTO_SCTP, SCTP_EVENT, &event, sizeof event, "SCTP_EVENT");
    }
    return s;
}

static void bind_socket(struct socket *s, int family, int port)
{
    struct sockaddr_storage addresses[MAX_ADDRESSES];
    int own_family;
    if (options.bind != NULL) {
        char list[2048];
        snprintf(list, sizeof list, "%s", options.bind);
        int n = parse_addresses(list, port, addresses, &own_family);
        if (usrsctp_bindx(s, (struct sockaddr *)addresses, n, SCTP_BINDX_ADD_ADDR) < 0)
            fail("bindx");
    } else if (port != 0) {
        struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port)};
        struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
        if (family == AF_INET ? usrsctp_bind(s, (struct sockaddr *)&v4, sizeof v4) : usrsctp_bind(s, (struct sockaddr *)&v6, sizeof v6))
            fail("bind");
    }
}

static void start_association(struct socket *s)
{
    struct association *a = calloc(1, sizeof *a);
    if (a == NULL)
        fail("calloc");
    a->socket = s;
    a->sum = FNV_OFFSET;
    pthread_mutex_lock(&lock);
    a->number = ++associations;
    newest = a;
    pthread_mutex_unlock(&lock);
    pthread_attr_t attributes;
    pthread_t thread;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 256 << 10);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    if (pthread_create(&thread, &attributes, receive_loop, a) != 0)
        fail("thread");
}

_Noreturn static void *accept_loop(void *argument)
{
    for (;;) {
        struct socket *s = usrsctp_accept(argument, NULL, NULL);
        if (s != NULL)
            start_association(s);
        else if (errno != EINTR && errno != ECONNABORTED)
            fail("accept");
    }
}

static void start_listening(int family)
{
    struct socket *s = open_socket(family);
    bind_socket(s, family, options.port);
    if (usrsctp_listen(s, 512) < 0)
        fail("listen");
    pthread_t thread;
    if (pthread_create(&thread, NULL, accept_loop, s) != 0)
        fail("thread");
    say("LISTENING port %d udp %d", options.port, options.udp);
}

static void start_connecting(int family)
{
    for (int i = 0; i < options.count; i++) {
        struct sockaddr_storage addresses[MAX_ADDRESSES];
        char list[2048];
        int peer_family;
        snprintf(list, sizeof list, "%s", options.peer);
        int n = parse_addresses(list, options.peer_port, addresses, &peer_family);
        struct socket *s = open_socket(family);
        bind_socket(s, family, options.port == 0 ? 0 : options.port + i);
        sctp_assoc_t id = 0;
        if (usrsctp_connectx(s, (struct sockaddr *)addresses, n, &id) < 0)
            fail("connectx");
        say("CONNECTING id %u", id);
        start_association(s);
    }
}

// ---- commands ------------------------------------------------------------------------------------------------------

static bool wait_for_echoes(void)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += WAIT_SECONDS;
    while (expected.received < expected.count && !expected.failed)
        if (pthread_cond_timedwait(&changed, &lock, &until) == ETIMEDOUT)
            return false;
    return !expected.failed;
}

static void exchange(struct association *a, bool as_bytes, unsigned long count, size_t size, unsigned streams, uint32_t ppid,
    bool unordered)
{
    pthread_mutex_lock(&lock);
    memset(&expected, 0, sizeof expected);
    expected.running = true;
    expected.as_bytes = as_bytes;
    expected.count = count;
    expected.size = size;
    expected.streams = streams;
    expected.ppid = ppid;
    expected.unordered = unordered;
    for (unsigned i = 0; i < streams; i++)
        expected.next_seed[i] = i;
    pthread_mutex_unlock(&lock);
    bool sent = true;
    for (unsigned long i = 0; i < count && sent; i++)
        sent = send_pattern(a, size, i, i % streams, ppid, unordered);
    pthread_mutex_lock(&lock);
    bool good = sent && wait_for_echoes();
    expected.running = false;
    say("%s #%d messages %lu of %lu bytes %llu", good ? "EXCHANGED" : "NOTEXCHANGED", a->number, expected.received, count,
        as_bytes ? expected.position : (unsigned long long)expected.received * size);
    pthread_mutex_unlock(&lock);
}

static void abort_association(struct association *a, const char *reason)
{
    struct sctp_sndinfo info = {.snd_flags = SCTP_ABORT};
    if (usrsctp_sendv(a->socket, reason, strlen(reason), NULL, 0, &info, sizeof info, SCTP_SENDV_SNDINFO, 0) < 0 && errno != 0)
        say("ABORTFAILED #%d %s", a->number, strerror(errno));
    say("ABORTED #%d", a->number);
}

static bool run_command(char *line)
{
    unsigned long count;
    size_t size;
    unsigned stream, ppid, seed;
    char order;
    pthread_mutex_lock(&lock);
    struct association *a = newest;
    pthread_mutex_unlock(&lock);
    if (strcmp(line, "quit") == 0)
        return false;
    if (a == NULL)
        say("NOASSOCIATION");
    else if (sscanf(line, "send %u %u %c %zu %u", &stream, &ppid, &order, &size, &seed) == 5) {
        if (send_pattern(a, size, seed, stream, ppid, order == 'u'))
            say("SENT #%d bytes %zu", a->number, size);
    } else if (sscanf(line, "exchange %lu %zu %u %u %c", &count, &size, &stream, &ppid, &order) == 5 && stream > 0 && stream < 65536)
        exchange(a, false, count, size, stream, ppid, order == 'u');
    else if (sscanf(line, "bytes %lu %zu", &count, &size) == 2 && size > 0)
        exchange(a, true, count, size, 1, 0, false);
    else if (strcmp(line, "addresses") == 0)
        say_addresses(a);
    else if (strcmp(line, "shutdown") == 0)
        usrsctp_shutdown(a->socket, SHUT_WR);
    else if (strncmp(line, "abort", 5) == 0)
        abort_association(a, line[5] == ' ' ? line + 6 : "");
    else
        say("UNKNOWN %s", line);
    return true;
}

static void parse_options(int argc, char **argv)
{
    const struct { const char *name; int *number; bool *flag; char **text; } known[] = {
        {"--udp", &options.udp, NULL, NULL}, {"--peer-udp", &options.peer_udp, NULL, NULL}, {"--port", &options.port, NULL, NULL},
        {"--peer-port", &options.peer_port, NULL, NULL}, {"--count", &options.count, NULL, NULL},
        {"--streams", &options.streams, NULL, NULL}, {"--rto-initial", &options.rto_initial, NULL, NULL},
        {"--rcvbuf", &options.rcvbuf, NULL, NULL}, {"--hb-interval", &options.hb_interval, NULL, NULL},
        {"--life", &options.life, NULL, NULL}, {"--echo", NULL, &options.echo, NULL}, {"--quiet", NULL, &options.quiet, NULL},
        {"--bind", NULL, NULL, &options.bind}, {"--peer", NULL, NULL, &options.peer}};
    for (int i = 2; i < argc; i++) {
        size_t k = 0;
        while (k < sizeof known / sizeof *known && strcmp(argv[i], known[k].name) != 0)
            k++;
        if (k == sizeof known / sizeof *known || (known[k].flag == NULL && i + 1 == argc)) {
            errno = EINVAL;
            fail(argv[i]);
        }
        if (known[k].flag != NULL)
            *known[k].flag = true;
        else if (known[k].number != NULL)
            *known[k].number = atoi(argv[++i]);
        else
            *known[k].text = argv[++i];
    }
}

// usrsctp says nothing when its UDP port is taken.
static void check_udp_port(void)
{
    int s = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(options.udp)};
    if (s < 0 || bind(s, (struct sockaddr *)&address, sizeof address) < 0)
        fail("UDP port");
    close(s);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        errno = EINVAL;
        fail("verb");
    }
    parse_options(argc, argv);
    bool listening = strcmp(argv[1], "listen") == 0;
    if (!listening && (strcmp(argv[1], "connect") != 0 || options.peer == NULL)) {
        errno = EINVAL;
        fail("verb or --peer");
    }
    signal(SIGALRM, expired);
    alarm(options.life);
    check_udp_port();
    usrsctp_init(options.udp, NULL, NULL);
#ifdef SCTP_DEBUG
    usrsctp_sysctl_set_sctp_debug_on(SCTP_DEBUG_NONE);
#endif
    usrsctp_sysctl_set_sctp_no_csum_on_loopback(0); // the checksum is part of what is tested
    if (options.rto_initial != 0) {
        usrsctp_sysctl_set_sctp_rto_initial_default(options.rto_initial);
        usrsctp_sysctl_set_sctp_rto_min_default(options.rto_initial < 1000 ? options.rto_initial : 1000);
    }
    if (options.hb_interval != 0)
        usrsctp_sysctl_set_sctp_heartbeat_interval_default(options.hb_interval);
    int family = AF_INET;
    const char *addresses = options.bind != NULL ? options.bind : options.peer;
    if ((addresses != NULL && strchr(addresses, ':') != NULL) || (options.peer != NULL && strchr(options.peer, ':') != NULL))
        family = AF_INET6;
    if (listening)
        start_listening(family);
    else
        start_connecting(family);
    char line[256];
    while (fgets(line, sizeof line, stdin) != NULL) {
        line[strcspn(line, "\n")] = 0;
        if (!run_command(line))
            break;
    }
    say("BYE");
    _exit(0);
}
