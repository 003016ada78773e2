/* What was sent, found again by client, clock and kind in what arrives. */
#ifndef PLAYER_MARKS_H
#define PLAYER_MARKS_H

static uint32_t slot_of(uint64_t client, uint64_t clock, uint32_t kind) {
    uint64_t mixed = (client * 0x9e3779b97f4a7c15u) ^ (clock * 0xc2b2ae3d27d4eb4fu) ^ kind;
    return (uint32_t)(mixed ^ mixed >> 29) & table_mask;
}

static void index_marks(void) {
    for (table_mask = 1023; table_mask < mark_count * 4; table_mask = table_mask * 2 + 1) {}
    table = need(malloc(((size_t)table_mask + 1) * sizeof *table));
    memset(table, 0xff, ((size_t)table_mask + 1) * sizeof *table);
    for (uint32_t i = 0; i < mark_count; i++) {
        uint32_t slot = slot_of(marks[i].client, marks[i].clock, marks[i].kind);
        while (table[slot] != NOTHING)
            slot = (slot + 1) & table_mask;
        table[slot] = i;
    }
    delivered_to = need(calloc((size_t)mark_count * connection_count / 8 + 1, 1));
}

static void on_seen(void *context, enum kind kind, uint64_t client, uint64_t clock,
                    uint64_t length) {
    uint32_t receiver = (uint32_t)((struct connection *)context - connections);
    for (uint64_t end = clock + length; clock < end; clock++) {
        uint32_t slot = slot_of(client, clock, kind);
        for (; table[slot] != NOTHING; slot = (slot + 1) & table_mask) {
            struct mark *mark = &marks[table[slot]];
            if (mark->client != client || mark->clock != clock || mark->kind != kind)
                continue;
            uint64_t bit = (uint64_t)table[slot] * connection_count + receiver;
            if (mark->connection == receiver || mark->sent_at == 0
                || delivered_to[bit / 8] & 1 << bit % 8)
                break;
            delivered_to[bit / 8] |= (uint8_t)(1 << bit % 8);
            note(kind == AWARENESS ? &awareness_us : &edit_us, (uint32_t)(now_us - mark->sent_at));
            delivered += kind != AWARENESS;
            break;
        }
    }
}

#endif
