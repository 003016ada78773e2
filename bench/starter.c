/* Starts a program again and again, as cheaply as it can be done, and says how long that took.
 *
 *     starter PROGRAM ARGUMENT...
 *
 * Reads lines `COUNT AT_ONCE`; starts the program COUNT times, AT_ONCE beside each other, and
 * answers `WALL_NS PROCESSOR_NS FAILED`. The program's output goes nowhere; STARTER_LIMITS=1 sets the
 * limits of a process that every judge sets.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static long long now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static long long processor(void) {
    struct rusage u;
    getrusage(RUSAGE_CHILDREN, &u);
    return (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000000LL +
           (u.ru_utime.tv_usec + u.ru_stime.tv_usec) * 1000LL;
}

static void bound(int what, rlim_t most) {
    struct rlimit limit = {most, most};
    setrlimit(what, &limit);
}

int main(int argc, char **argv) {
    posix_spawn_file_actions_t actions;
    int count, at_once;
    if (argc < 2) return 2;
    if (getenv("STARTER_LIMITS")) {
        bound(RLIMIT_AS, 512UL << 20);
        bound(RLIMIT_CPU, 5);
        bound(RLIMIT_FSIZE, 16UL << 20);
        bound(RLIMIT_NOFILE, 256);
        bound(RLIMIT_CORE, 0);
        unsetenv("STARTER_LIMITS");
    }
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    /* A sandbox may leave its first process to whoever is above: its time counts too. */
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    while (scanf("%d %d", &count, &at_once) == 2) {
        long long began = now(), used = processor();
        int started = 0, running = 0, failed = 0, status;
        pid_t pid;
        long long ended;
        pid_t *ours = calloc(count, sizeof *ours);
        if (!ours) return 1;
        while (started < count || running > 0) {
            if (started < count && running < at_once) {
                if (posix_spawnp(&pid, argv[1], &actions, NULL, argv + 1, environ) != 0) return 1;
                ours[started++] = pid;
                running++;
                continue;
            }
            pid = wait(&status);
            for (int i = 0; i < started; i++) {
                if (ours[i] != pid) continue;
                running--;
                failed += status != 0;
                ours[i] = 0;
                break;
            }
        }
        ended = now();
        while (wait(NULL) > 0) continue;
        free(ours);
        printf("%lld %lld %d\n", ended - began, processor() - used, failed);
        fflush(stdout);
    }
    return 0;
}
