// Prints the SCTP packets in UDP (RFC 6951) that pass an interface, a line each:
//
//   sniff INTERFACE [SECONDS]
//   SRC:PORT > DST:PORT sctp SPORT DPORT tag TAG chunks INIT,DATA,...
//
// in both directions, also those nobody answers. "SNIFFING" is the first line; the program ends with its standard input.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static unsigned be16(const uint8_t *p) { return p[0] << 8 | p[1]; }
static unsigned long be32(const uint8_t *p) { return (unsigned long)be16(p) << 16 | be16(p + 2); }

static const char *chunk_name(uint8_t type, char *buffer)
{
    static const char *names[] = {"DATA", "INIT", "INIT_ACK", "SACK", "HEARTBEAT", "HEARTBEAT_ACK", "ABORT", "SHUTDOWN",
        "SHUTDOWN_ACK", "ERROR", "COOKIE_ECHO", "COOKIE_ACK", "ECNE", "CWR", "SHUTDOWN_COMPLETE", "AUTH"};
    if (type < sizeof names / sizeof *names)
        return names[type];
    sprintf(buffer, "0x%02x", type);
    return buffer;
}

static void print_sctp(const char *source, unsigned source_port, const char *destination, unsigned destination_port, const uint8_t *p,
    size_t n)
{
    if (n < 16) // common header and one chunk header: anything shorter is not SCTP
        return;
    char line[1024], buffer[8];
    int used = snprintf(line, sizeof line, "%s:%u > %s:%u sctp %u %u tag %08lx chunks ", source, source_port, destination,
        destination_port, be16(p), be16(p + 2), be32(p + 4));
    for (size_t i = 12; i + 4 <= n && used < (int)sizeof line - 32;) {
        unsigned length = be16(p + i + 2);
        used += snprintf(line + used, sizeof line - used, "%s%s", i > 12 ? "," : "", chunk_name(p[i], buffer));
        if (length < 4)
            break;
        i += (length + 3) & ~3u;
    }
    puts(line);
}

static void print_packet(const uint8_t *p, size_t n, unsigned protocol)
{
    char source[INET6_ADDRSTRLEN], destination[INET6_ADDRSTRLEN];
    size_t header;
    if (protocol == ETH_P_IP && n >= 20 && p[9] == 17 && (be16(p + 6) & 0x3fff) == 0) {
        header = (p[0] & 15) * 4;
        inet_ntop(AF_INET, p + 12, source, sizeof source);
        inet_ntop(AF_INET, p + 16, destination, sizeof destination);
    } else if (protocol == ETH_P_IPV6 && n >= 40 && p[6] == 17) {
        header = 40;
        inet_ntop(AF_INET6, p + 8, source, sizeof source);
        inet_ntop(AF_INET6, p + 24, destination, sizeof destination);
    } else
        return;
    if (n < header + 8)
        return;
    p += header;
    n -= header;
    print_sctp(source, be16(p), destination, be16(p + 2), p + 8, n - 8);
}

int main(int argc, char **argv)
{
    int s = socket(AF_PACKET, SOCK_DGRAM, htons(ETH_P_ALL));
    struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
    address.sll_ifindex = argc > 1 ? (int)if_nametoindex(argv[1]) : 0;
    if (s < 0 || address.sll_ifindex == 0 || bind(s, (struct sockaddr *)&address, sizeof address) < 0) {
        perror("FAILED sniff");
        return 1;
    }
    time_t end = time(NULL) + (argc > 2 ? atoi(argv[2]) : 180);
    setvbuf(stdout, NULL, _IOLBF, 0);
    puts("SNIFFING");
    static uint8_t packet[65536];
    struct pollfd waits[] = {{.fd = s, .events = POLLIN}, {.fd = STDIN_FILENO, .events = POLLIN}};
    while (time(NULL) < end) {
        if (poll(waits, 2, 1000) < 0)
            break;
        char ignored[64];
        if (waits[1].revents != 0 && read(STDIN_FILENO, ignored, sizeof ignored) <= 0)
            break;
        if ((waits[0].revents & POLLIN) == 0)
            continue;
        struct sockaddr_ll from;
        socklen_t length = sizeof from;
        ssize_t n = recvfrom(s, packet, sizeof packet, 0, (struct sockaddr *)&from, &length);
        if (n > 0)
            print_packet(packet, n, ntohs(from.sll_protocol));
    }
    return 0;
}
