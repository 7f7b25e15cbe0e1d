// Measures how long zint's library takes to encode.
//
//   zintbench SYMBOLOGY OPTION_1 OPTION_3 < requests
//
// SYMBOLOGY is a number of zint.h; OPTION_1 and OPTION_3 are those of its
// manual, -1 and 0 for the library's own choice. Each request is a line: "+TEXT"
// adds a text, a number N encodes N times, taking the texts in turn, and answers
// "NANOSECONDS ROWS WIDTH": the time of all N, and the size of the last symbol.
// One symbol is cleared and used again, which is the quickest way that the
// library has.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zint.h>

enum { most = 64, longest = 4096 };

static int fail(const char *why) {
	fprintf(stderr, "zintbench: %s\n", why);
	return 1;
}

int main(int argc, char **argv) {
	static char texts[most][longest];
	char line[longest + 8];
	int count = 0;

	if (argc != 4) return fail("want SYMBOLOGY OPTION_1 OPTION_3");
	struct zint_symbol *symbol = ZBarcode_Create();
	if (symbol == NULL) return fail("no memory");
	while (fgets(line, sizeof line, stdin) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (line[0] == '+') {
			if (count == most || strlen(line + 1) >= longest) return fail("too many texts, or one too long");
			strcpy(texts[count++], line + 1);
			continue;
		}
		long n = strtol(line, NULL, 10);
		if (n < 1 || count == 0) return fail("want a number of times, after a text");
		struct timespec from, to;
		int rows = 0, width = 0;
		clock_gettime(CLOCK_MONOTONIC, &from);
		for (long i = 0; i < n; i++) {
			ZBarcode_Clear(symbol);
			symbol->symbology = atoi(argv[1]);
			symbol->option_1 = atoi(argv[2]);
			symbol->option_3 = atoi(argv[3]);
			symbol->input_mode = UNICODE_MODE;
			symbol->show_hrt = 0;
			if (ZBarcode_Encode(symbol, (const unsigned char *)texts[i % count], 0) >= ZINT_ERROR) return fail(symbol->errtxt);
			rows = symbol->rows;
			width = symbol->width;
		}
		clock_gettime(CLOCK_MONOTONIC, &to);
		long long ns = (to.tv_sec - from.tv_sec) * 1000000000LL + (to.tv_nsec - from.tv_nsec);
		printf("%lld %d %d\n", ns, rows, width);
		fflush(stdout);
	}
	ZBarcode_Delete(symbol);
	return 0;
}
