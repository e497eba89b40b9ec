/* Tells its pid through the FIFO in argv[1], waits for SIGUSR1, then writes lines of 100 bytes, one a write:
 * LINES of them, or without end where LINES is not defined. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv) {
    if (argc < 2) return 2;
    sigset_t go;
    sigemptyset(&go);
    sigaddset(&go, SIGUSR1);
    sigprocmask(SIG_BLOCK, &go, NULL);

    char line[100];
    int size = snprintf(line, sizeof line, "%d\n", getpid());
    int fifo = open(argv[1], O_WRONLY);
    if (write(fifo, line, size) != size) return 1;

    int number;
    sigwait(&go, &number);
    memset(line, 'x', sizeof line);
    line[sizeof line - 1] = '\n';
#ifdef LINES
    for (long left = LINES; left > 0; left--)
        if (write(1, line, sizeof line) != sizeof line) return 1;
    for (;;) pause();
#else
    while (write(1, line, sizeof line) > 0);
#endif
    return 1;
}
