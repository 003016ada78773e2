#include <cstdio>
#include <cstring>
#include <sys/shm.h>

int main() {
    puts("begun");
    fflush(stdout);
    for (;;) {
        int segment = shmget(IPC_PRIVATE, 8 << 20, 0600 | IPC_CREAT);
        if (segment < 0) break;
        void *room = shmat(segment, nullptr, 0);
        memset(room, 1, 8 << 20);
        shmdt(room);
    }
    puts("refused");
}
