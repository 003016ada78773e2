#include <cerrno>
#include <cstdio>
#include <pthread.h>
#include <unistd.h>

void *rest(void *) {
    pause();
    return nullptr;
}

int main() {
    puts("begun");
    int made = 0, refused = 0;
    pthread_t thread;
    while ((refused = pthread_create(&thread, nullptr, rest, nullptr)) == 0) made++;
    printf("%s %s\n", made > 10 && made < 64 ? "bounded" : "unbounded", refused == EAGAIN ? "by processes" : "else");
    fflush(stdout);
    _exit(0);
}
