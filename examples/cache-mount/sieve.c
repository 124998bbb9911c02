/* Counts the primes below a limit with the sieve of Eratosthenes, one bit for each odd number. */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static uint32_t count_primes(uint32_t limit, uint8_t *composite)
{
    uint32_t count = limit > 2;
    for (uint32_t n = 3; n < limit; n += 2) {
        if (composite[n >> 4] & (1u << ((n >> 1) & 7)))
            continue;
        count++;
        for (uint64_t multiple = (uint64_t)n * n; multiple < limit; multiple += 2u * n)
            composite[multiple >> 4] |= (uint8_t)(1u << ((multiple >> 1) & 7));
    }
    return count;
}

int main(void)
{
    for (uint32_t limit = 10; limit <= 10000000; limit *= 10) {
        uint8_t *composite = calloc(limit / 16 + 1, 1);
        if (composite == NULL)
            return EXIT_FAILURE;
        printf("primes below %8u: %6u\n", limit, count_primes(limit, composite));
        free(composite);
    }
    return EXIT_SUCCESS;
}
