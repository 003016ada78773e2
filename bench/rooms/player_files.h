/* The player's two files: the plan that it reads and the result that it writes. */
#ifndef PLAYER_FILES_H
#define PLAYER_FILES_H

static struct reader plan;

static uint32_t plan_number(void) {
    uint32_t value = 0;
    const uint8_t *at = plan.at;
    skip(&plan, sizeof value);
    if (plan.broken)
        give_up("the plan is cut off");
    memcpy(&value, at, sizeof value);
    return value;
}

static struct slice plan_slice(void) {
    struct slice slice = {.length = plan_number()};
    slice.data = plan.at;
    skip(&plan, slice.length);
    return slice;
}

static void read_plan(const char *path) {
    static struct bytes file;
    uint8_t piece[65536];
    FILE *from = fopen(path, "rb");
    if (from == NULL)
        give_up("no plan");
    for (size_t count; (count = fread(piece, 1, sizeof piece, from)) > 0;)
        append(&file, piece, count);
    fclose(from);
    plan = (struct reader){file.data, file.data + file.length, 0};
    port = plan_number();
    at_once = plan_number();
    drain_us = plan_number();
    connection_count = plan_number();
    sending_count = plan_number();
    mark_count = plan_number();
    expected = plan_number();
    connections = need(calloc(connection_count + 1, sizeof *connections));
    sendings = need(calloc(sending_count + 1, sizeof *sendings));
    marks = need(calloc(mark_count + 1, sizeof *marks));
    for (struct connection *each = connections; each < connections + connection_count; each++) {
        each->request = plan_slice();
        each->prefix = plan_slice();
        each->hello = plan_slice();
        each->answer = plan_slice();
        each->documents_in_hello = plan_number();
        each->recorded = plan_number();
        each->alone = plan_number();
    }
    for (struct mark *each = marks; each < marks + mark_count; each++) {
        each->client = plan_number();
        each->clock = plan_number();
        each->kind = plan_number();
        each->connection = plan_number();
    }
    for (struct sending *each = sendings; each < sendings + sending_count; each++) {
        each->at_us = plan_number();
        each->connection = plan_number();
        each->mark = plan_number();
        each->to_document = plan_number();
        each->frame = plan_slice();
    }
}

static void write_times(FILE *to, const struct times *times) {
    uint64_t count = times->length;
    fwrite(&count, sizeof count, 1, to);
    fwrite(times->data, sizeof *times->data, times->length, to);
}

static void write_result(const char *path) {
    FILE *to = fopen(path, "wb");
    if (to == NULL)
        give_up("the result cannot be written");
    uint64_t sums[] = {expected, delivered, frames_received, bytes_received, latest_us, closed};
    fwrite(sums, sizeof sums, 1, to);
    write_times(to, &edit_us);
    write_times(to, &awareness_us);
    write_times(to, &saved_us);
    for (struct connection *each = connections; each < connections + connection_count; each++) {
        uint32_t facts[] = {each->until_in_step_us, each->received_until_in_step,
                            each->close_code, (uint32_t)each->record.length};
        fwrite(facts, sizeof facts, 1, to);
        fwrite(each->record.data, 1, each->record.length, to);
    }
    if (fclose(to) != 0)
        give_up("the result cannot be written");
}

#endif
