/* Tells its pid through the FIFO in argv[1] and exits at once, with code 1. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv) {
    if (argc < 2) return 2;
    char line[32];
    int size = snprintf(line, sizeof line, "%d\n", getpid());
    int fifo = open(argv[1], O_WRONLY);
    if (write(fifo, line, size) != size) return 2;
    return 1;
}
