/* Plays a plan of clients against a server that speaks the y-websocket protocol, and notes what
 * reached whom, and when. It decides nothing: bench/rooms/plan.py wrote what is sent, and when.
 *
 *   player PLAN RESULT    says "ready" when all are connected and in step; then, told "go", plays
 *                         and says "done"; told "end", writes RESULT and leaves.
 *
 * Both files are numbers in the machine's order; plan.py and player.py have the same list of them.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "protocol.h"

#define NOTHING UINT32_MAX
#define AT_MOST_READ (1 << 20)
#define EVENTS 1024

struct bytes { uint8_t *data; size_t length, room; };
struct slice { const uint8_t *data; uint32_t length; };
struct times { uint32_t *data; size_t length, room; };

enum state { WAITING, CONNECTING, HANDSHAKE, OPEN, IN_STEP, CLOSED };

struct connection {
    int socket, writable_wanted;
    enum state state;
    uint32_t recorded, alone, documents_in_hello, until_in_step_us, received_until_in_step;
    uint32_t close_code;
    struct slice request, prefix, hello, answer;
    struct bytes in, out, message, record;
    size_t out_gone; /* of `out`, what was sent already */
    struct times sent_at; /* when each message to the document was sent, for `saved` */
    uint64_t saved;
    int64_t opened_at;
};

struct sending { uint32_t at_us, connection, mark, to_document; struct slice frame; };
struct mark { uint64_t client; uint32_t clock, kind, connection; int64_t sent_at; };

static struct connection *connections;
static struct sending *sendings;
static struct mark *marks;
static uint32_t connection_count, sending_count, mark_count, at_once, drain_us, port;
static uint32_t *table, table_mask; /* marks by client, clock and kind */
static uint8_t *delivered_to;       /* a bit for each mark and connection */
static uint64_t expected, delivered, frames_received, bytes_received;
static uint32_t in_step, next_to_open, opening, alone, latest_us, closed;
static struct times edit_us, awareness_us, saved_us;
static int poller, playing;
static int64_t now_us;

static int64_t clock_us(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

static void give_up(const char *why) {
    fprintf(stderr, "player: %s\n", why);
    exit(1);
}

static void *need(void *memory) {
    if (memory == NULL)
        give_up("out of memory");
    return memory;
}

static void append(struct bytes *to, const void *data, size_t length) {
    if (to->length + length > to->room) {
        to->room = (to->length + length) * 2;
        to->data = need(realloc(to->data, to->room));
    }
    memcpy(to->data + to->length, data, length);
    to->length += length;
}

static void note(struct times *to, uint32_t value) {
    if (to->length == to->room) {
        to->room = to->room ? to->room * 2 : 64;
        to->data = need(realloc(to->data, to->room * sizeof *to->data));
    }
    to->data[to->length++] = value;
}

#include "player_marks.h"

/* Connections. */

static void watch(struct connection *which, int writable) {
    struct epoll_event wanted = {.events = EPOLLIN | (writable ? EPOLLOUT : 0), .data.ptr = which};
    epoll_ctl(poller, EPOLL_CTL_MOD, which->socket, &wanted);
    which->writable_wanted = writable;
}

static void end(struct connection *which, uint32_t code) {
    if (which->state == CLOSED)
        return;
    opening -= which->state < IN_STEP;
    which->state = CLOSED;
    which->close_code = code;
    closed++;
    close(which->socket);
}

static void flush(struct connection *which) {
    struct bytes *out = &which->out;
    while (which->out_gone < out->length) {
        ssize_t count = send(which->socket, out->data + which->out_gone,
                             out->length - which->out_gone, MSG_NOSIGNAL);
        if (count < 0) {
            if (errno != EAGAIN && errno != EINTR)
                return end(which, 1006);
            break;
        }
        which->out_gone += (size_t)count;
    }
    if (which->out_gone == out->length)
        which->out_gone = out->length = 0;
    if (which->writable_wanted != (out->length > 0))
        watch(which, out->length > 0);
}

static void say(struct connection *which, struct slice what) {
    if (which->state == CLOSED)
        return;
    append(&which->out, what.data, what.length);
    if (!which->writable_wanted)
        flush(which);
}

static void start_connecting(struct connection *which) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    which->socket = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (which->socket < 0)
        give_up("no socket: too many open files?");
    int yes = 1;
    setsockopt(which->socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    which->opened_at = clock_us();
    which->state = CONNECTING;
    opening++;
    connect(which->socket, (struct sockaddr *)&address, sizeof address);
    struct epoll_event wanted = {.events = EPOLLIN | EPOLLOUT, .data.ptr = which};
    epoll_ctl(poller, EPOLL_CTL_ADD, which->socket, &wanted);
    which->writable_wanted = 1;
}

static void open_more(void) {
    alone &= opening > 0;
    while (opening < at_once && !alone && next_to_open < connection_count) {
        alone = connections[next_to_open].alone;
        if (alone && opening > 0) {
            alone = 0;
            return;
        }
        start_connecting(&connections[next_to_open++]);
    }
}

static void on_message(struct connection *which, const uint8_t *data, size_t length) {
    if (length < which->prefix.length
        || memcmp(data, which->prefix.data, which->prefix.length) != 0)
        return;
    struct reader from = {data + which->prefix.length, data + length, 0};
    uint64_t type = read_number(&from);
    if (type == 100) { /* saved */
        uint64_t count = read_number(&from);
        for (; which->saved < count && which->saved < which->sent_at.length; which->saved++)
            if (which->saved >= which->documents_in_hello)
                note(&saved_us, (uint32_t)now_us - which->sent_at.data[which->saved]);
    } else if (type == 1) {
        read_number(&from);
        read_awareness(&from, on_seen, which);
    } else if (type == 0 || type == 4) { /* 4: what Hocuspocus answers a sync step with */
        uint64_t step = read_number(&from);
        if (step == 0) {
            say(which, which->answer);
            if (which->answer.length > 0)
                note(&which->sent_at, (uint32_t)now_us);
            return;
        }
        uint64_t size = read_number(&from);
        if (which->recorded) {
            uint32_t small = (uint32_t)size;
            append(&which->record, &small, sizeof small);
            append(&which->record, from.at, size);
        }
        if (step == 1 && which->state == OPEN) {
            which->state = IN_STEP;
            which->until_in_step_us = (uint32_t)(now_us - which->opened_at);
            opening--;
            in_step++;
        } else if (playing) {
            read_update(&from, on_seen, which);
            if (from.broken)
                give_up("an update that cannot be read");
        }
    }
}

static void on_frame(struct connection *which, const struct frame *frame) {
    if (frame->opcode == 8) {
        uint32_t code = frame->length < 2 ? 1005 : (uint32_t)frame->payload[0] << 8 | frame->payload[1];
        return end(which, code);
    }
    if (frame->opcode == 9) {
        uint8_t pong[132] = {0x8a, (uint8_t)(0x80 | frame->length)};
        memcpy(pong + 6, frame->payload, frame->length);
        return say(which, (struct slice){pong, (uint32_t)frame->length + 6});
    }
    if (frame->opcode > 2)
        return;
    frames_received++;
    if (frame->final && frame->opcode == 2)
        return on_message(which, frame->payload, frame->length);
    append(&which->message, frame->payload, frame->length);
    if (frame->final) {
        on_message(which, which->message.data, which->message.length);
        which->message.length = 0;
    }
}

/* Takes all whole frames; how many bytes they had. */
static size_t take(struct connection *which, const uint8_t *data, size_t length) {
    size_t taken = 0;
    if (which->state == HANDSHAKE) {
        uint8_t *over = memmem(data, length, "\r\n\r\n", 4);
        if (over == NULL)
            return 0;
        if (length < 12 || memcmp(data + 8, " 101", 4) != 0) {
            fprintf(stderr, "player: %.*s\n", (int)(over - data), data);
            end(which, 1006);
            return 0;
        }
        taken = (size_t)(over - data) + 4;
        which->state = OPEN;
        for (uint32_t i = 0; i < which->documents_in_hello; i++)
            note(&which->sent_at, (uint32_t)now_us);
        say(which, which->hello);
    }
    struct frame frame;
    while (which->state != CLOSED && read_frame(data + taken, length - taken, &frame)) {
        if (which->state == OPEN)
            which->received_until_in_step += (uint32_t)frame.whole;
        on_frame(which, &frame);
        taken += frame.whole;
    }
    return taken;
}

static void on_readable(struct connection *which) {
    static uint8_t buffer[AT_MOST_READ];
    ssize_t count = recv(which->socket, buffer, sizeof buffer, 0);
    if (count <= 0) {
        if (count == 0 || (errno != EAGAIN && errno != EINTR))
            end(which, 1006);
        return;
    }
    now_us = clock_us();
    bytes_received += (uint64_t)count;
    if (which->in.length == 0) {
        size_t taken = take(which, buffer, (size_t)count);
        append(&which->in, buffer + taken, (size_t)count - taken);
        return;
    }
    append(&which->in, buffer, (size_t)count);
    size_t taken = take(which, which->in.data, which->in.length);
    which->in.length -= taken;
    memmove(which->in.data, which->in.data + taken, which->in.length);
}

static void on_event(struct epoll_event *event) {
    struct connection *which = event->data.ptr;
    if (which->state == CLOSED)
        return;
    if (event->events & EPOLLOUT) {
        if (which->state == CONNECTING) {
            which->state = HANDSHAKE;
            append(&which->out, which->request.data, which->request.length);
        }
        flush(which);
    }
    if (which->state != CLOSED && event->events & (EPOLLIN | EPOLLHUP | EPOLLERR))
        on_readable(which);
}

/* The order of things. */

static int serve(int64_t timeout_us) {
    static struct epoll_event events[EVENTS];
    struct timespec timeout = {timeout_us / 1000000, timeout_us % 1000000 * 1000};
    int told = 0;
    int count = epoll_pwait2(poller, events, EVENTS, timeout_us < 0 ? NULL : &timeout, NULL);
    for (int i = 0; i < count; i++) {
        if (events[i].data.ptr == NULL)
            told = 1;
        else
            on_event(&events[i]);
    }
    return told;
}

static void wait_for(const char *word) {
    char line[16] = "";
    while (!serve(-1)) {}
    if (read(STDIN_FILENO, line, sizeof line - 1) <= 0 || strncmp(line, word, strlen(word)) != 0)
        exit(1); /* whoever started this is gone */
}

static void open_all(void) {
    while (in_step < connection_count) {
        open_more();
        serve(-1);
        if (closed > 0)
            give_up("a connection was refused or closed while all were opened");
    }
}

static void send_due(uint32_t *next, int64_t began) {
    while (*next < sending_count) {
        struct sending *due = &sendings[*next];
        now_us = clock_us();
        int64_t late = now_us - began - due->at_us;
        if (late < 0)
            return;
        struct connection *which = &connections[due->connection];
        latest_us = late > latest_us ? (uint32_t)late : latest_us;
        if (due->mark != NOTHING)
            marks[due->mark].sent_at = now_us;
        if (due->to_document)
            note(&which->sent_at, (uint32_t)now_us);
        say(which, due->frame);
        ++*next;
        serve(0);
    }
}

static int all_saved(void) {
    for (uint32_t i = 0; i < connection_count; i++)
        if (connections[i].saved > 0 && connections[i].saved < connections[i].sent_at.length)
            return 0;
    return 1;
}

static void play(void) {
    int64_t began = clock_us(), last = 0;
    uint64_t arrived = 0;
    uint32_t next = 0;
    playing = 1;
    for (;;) {
        send_due(&next, began);
        now_us = clock_us();
        if (next == sending_count) {
            if (!last || arrived != delivered)
                last = now_us;
            arrived = delivered;
            if ((delivered == expected && all_saved()) || now_us - last > drain_us)
                return;
            serve(10000);
        } else {
            int64_t left = sendings[next].at_us - (now_us - began);
            serve(left > 0 ? left : 0);
        }
    }
}

#include "player_files.h"

int main(int count, char **arguments) {
    if (count != 3)
        give_up("usage: player PLAN RESULT");
    poller = epoll_create1(0);
    struct epoll_event told = {.events = EPOLLIN, .data.ptr = NULL};
    epoll_ctl(poller, EPOLL_CTL_ADD, STDIN_FILENO, &told);
    read_plan(arguments[1]);
    index_marks();
    open_all();
    puts("ready");
    fflush(stdout);
    wait_for("go");
    play();
    puts("done");
    fflush(stdout);
    wait_for("end");
    write_result(arguments[2]);
    return 0;
}
