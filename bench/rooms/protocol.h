/* What the player reads of the y-websocket protocol: numbers of varying length, WebSocket frames,
 * and which pieces of text an update of Yjs (version 1) inserts and deletes. */
#ifndef PROTOCOL_H
#define PROTOCOL_H

#include <stddef.h>
#include <stdint.h>

struct reader {
    const uint8_t *at, *end;
    int broken; /* something was missing, or is not known here */
};

enum kind { INSERTED = 0, DELETED = 1, AWARENESS = 2 };

/* Called for each run of a client's clock that an update inserts or deletes. */
typedef void (*seen)(void *context, enum kind kind, uint64_t client, uint64_t clock,
                     uint64_t length);

static inline uint8_t read_byte(struct reader *from) {
    if (from->at >= from->end) {
        from->broken = 1;
        return 0;
    }
    return *from->at++;
}

static inline uint64_t read_number(struct reader *from) {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
        uint8_t byte = read_byte(from);
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return value;
    }
    from->broken = 1;
    return value;
}

static inline void skip(struct reader *from, uint64_t length) {
    if ((uint64_t)(from->end - from->at) < length) {
        from->broken = 1;
        from->at = from->end;
    } else {
        from->at += length;
    }
}

static inline void skip_string(struct reader *from) { skip(from, read_number(from)); }

/* The length of a text as Yjs counts it, in units of UTF-16. */
static inline uint64_t read_text_length(struct reader *from) {
    uint64_t bytes = read_number(from), units = 0;
    const uint8_t *start = from->at;
    skip(from, bytes);
    for (const uint8_t *at = start; at < from->at; at++)
        units += ((*at & 0xc0) != 0x80) + (*at >= 0xf0);
    return units;
}

static inline void skip_any(struct reader *from, int depth) {
    if (depth > 32) {
        from->broken = 1;
        return;
    }
    switch (read_byte(from)) {
    case 127: case 126: case 121: case 120: break;
    case 125: read_number(from); break;
    case 124: skip(from, 4); break;
    case 123: case 122: skip(from, 8); break;
    case 119: case 116: skip_string(from); break;
    case 118:
        for (uint64_t left = read_number(from); left > 0 && !from->broken; left--) {
            skip_string(from);
            skip_any(from, depth + 1);
        }
        break;
    case 117:
        for (uint64_t left = read_number(from); left > 0 && !from->broken; left--)
            skip_any(from, depth + 1);
        break;
    default: from->broken = 1;
    }
}

/* Reads the content of an item; its length in the clock. */
static inline uint64_t read_content(struct reader *from, int what) {
    uint64_t count;
    switch (what) {
    case 1: return read_number(from); /* deleted */
    case 2:                           /* JSON */
        count = read_number(from);
        for (uint64_t left = count; left > 0 && !from->broken; left--)
            skip_string(from);
        return count;
    case 3: case 5: skip_string(from); return 1; /* bytes, embedded */
    case 4: return read_text_length(from);
    case 6: skip_string(from); skip_string(from); return 1; /* format */
    case 7:                                                 /* type */
        count = read_number(from);
        if (count == 3 || count == 5)
            skip_string(from);
        return 1;
    case 8: /* any */
        count = read_number(from);
        for (uint64_t left = count; left > 0 && !from->broken; left--)
            skip_any(from, 0);
        return count;
    case 9: skip_string(from); skip_any(from, 0); return 1; /* document */
    default: from->broken = 1; return 0;
    }
}

/* Reads a struct; its length. Sets `is_item` where it brings something. */
static inline uint64_t read_struct(struct reader *from, int *is_item) {
    uint8_t info = read_byte(from);
    int what = info & 31;
    *is_item = what != 0 && what != 10;
    if (!*is_item)
        return read_number(from);
    if (info & 0x80) { read_number(from); read_number(from); } /* left of it */
    if (info & 0x40) { read_number(from); read_number(from); } /* right of it */
    if (!(info & 0xc0)) {
        if (read_number(from) == 1)
            skip_string(from);
        else { read_number(from); read_number(from); }
        if (info & 0x20)
            skip_string(from);
    }
    return read_content(from, what);
}

static inline void read_update(struct reader *from, seen tell, void *context) {
    for (uint64_t clients = read_number(from); clients > 0 && !from->broken; clients--) {
        uint64_t structs = read_number(from), client = read_number(from), clock = read_number(from);
        for (; structs > 0 && !from->broken; structs--) {
            int is_item;
            uint64_t length = read_struct(from, &is_item);
            if (is_item && !from->broken)
                tell(context, INSERTED, client, clock, length);
            clock += length;
        }
    }
    for (uint64_t clients = read_number(from); clients > 0 && !from->broken; clients--) {
        uint64_t client = read_number(from);
        for (uint64_t runs = read_number(from); runs > 0 && !from->broken; runs--) {
            uint64_t clock = read_number(from), length = read_number(from);
            if (!from->broken)
                tell(context, DELETED, client, clock, length);
        }
    }
}

static inline void read_awareness(struct reader *from, seen tell, void *context) {
    for (uint64_t states = read_number(from); states > 0 && !from->broken; states--) {
        uint64_t client = read_number(from), clock = read_number(from);
        skip_string(from);
        if (!from->broken)
            tell(context, AWARENESS, client, clock, 1);
    }
}

struct frame {
    int opcode, final;
    const uint8_t *payload;
    size_t length, whole; /* of the payload; with its head */
};

/* Whether a whole frame of a server (unmasked) is there. */
static inline int read_frame(const uint8_t *data, size_t length, struct frame *frame) {
    if (length < 2)
        return 0;
    size_t head = 2, payload = data[1] & 0x7f;
    if (payload == 126) {
        head = 4;
        if (length < head)
            return 0;
        payload = (size_t)data[2] << 8 | data[3];
    } else if (payload == 127) {
        head = 10;
        if (length < head)
            return 0;
        payload = 0;
        for (int i = 2; i < 10; i++)
            payload = payload << 8 | data[i];
    }
    if (length < head + payload)
        return 0;
    *frame = (struct frame){data[0] & 15, data[0] >> 7, data + head, payload, head + payload};
    return 1;
}

#endif
