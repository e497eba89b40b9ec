/* Tells its pid through the FIFO in argv[1] as its first act, then waits to be killed. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv) {
    if (argc < 2) return 2;
    char line[32];
    int size = snprintf(line, sizeof line, "%d\n", getpid());
    int fifo = open(argv[1], O_WRONLY);
    if (write(fifo, line, size) != size) return 1;
    const char *ready = getenv("READY_FD"); /* where the supervisor wants to be told of readiness */
    if (ready && write(atoi(ready), "\n", 1) != 1) return 1;
    for (;;) pause();
}
