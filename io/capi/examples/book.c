/* A short session with a book: orders in, a trade, a cancel, what rests. Prints book.expected.txt, which a test checks.
 *
 *   cargo build --release -p bartizan-capi
 *   cc -std=c11 -I io/capi/include io/capi/examples/book.c -L target/release -lbartizan -o book
 *   LD_LIBRARY_PATH=target/release ./book
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "bartizan.h"

/* Ends the program if a call was misused; a rejected order is not an error but a report. */
static void must(bartizan_status status) {
  if (status != BARTIZAN_STATUS_OK) {
    fprintf(stderr, "bartizan: %s\n", bartizan_status_name(status));
    exit(EXIT_FAILURE);
  }
}

static void print_reports(const char *what, const bartizan_output *answer) {
  printf("%s\n", what);
  for (size_t i = 0; i < answer->report_count; i++) {
    const bartizan_report *report = &answer->reports[i];
    printf("  %2" PRIu64 " client %" PRIu64 ": %s (%s), %" PRIu64, report->sequence, report->client,
           bartizan_exec_type_name(report->exec_type), bartizan_reason_name(report->reason), report->quantity);
    if (report->price != BARTIZAN_NO_PRICE) printf(" at %" PRId64, report->price);
    printf(", %" PRIu64 " open, %" PRIu64 " traded\n", report->leaves, report->cumulative);
  }
}

static void print_side(const bartizan_book *book, const char *name, uint8_t side) {
  bartizan_level levels[10];
  size_t count;
  must(bartizan_book_depth(book, side, levels, 10, &count));
  for (size_t i = 0; i < count; i++) {
    printf("  %s %" PRIu64 " at %" PRId64 " in %" PRIu64 "\n", name, levels[i].quantity, levels[i].price,
           levels[i].count);
  }
}

int main(void) {
  bartizan_rules rules = bartizan_rules_default();
  bartizan_book *book;
  must(bartizan_book_new(&rules, &book));
  const uint32_t alice = 1, bob = 2;
  bartizan_output answer;

  /* Alice offers 5 at 101 and 5 at 102. What is in the answer is good until the next call, so keep the id. */
  must(bartizan_book_limit(book, 1, alice, 11, BARTIZAN_SIDE_SELL, BARTIZAN_TIME_IN_FORCE_GTC, 5, 101, &answer));
  print_reports("Alice offers 5 at 101", &answer);
  must(bartizan_book_limit(book, 2, alice, 12, BARTIZAN_SIDE_SELL, BARTIZAN_TIME_IN_FORCE_GTC, 5, 102, &answer));
  print_reports("Alice offers 5 at 102", &answer);
  const uint64_t second = answer.reports[0].order;

  /* Bob bids 7 at 101: he gets 5, and 2 rest. */
  must(bartizan_book_limit(book, 3, bob, 21, BARTIZAN_SIDE_BUY, BARTIZAN_TIME_IN_FORCE_GTC, 7, 101, &answer));
  print_reports("Bob bids 7 at 101", &answer);

  printf("The book\n");
  print_side(book, "ask", BARTIZAN_SIDE_SELL);
  print_side(book, "bid", BARTIZAN_SIDE_BUY);

  /* Bob may not cancel Alice's order; she may. */
  must(bartizan_book_cancel(book, 4, bob, second, &answer));
  print_reports("Bob cancels Alice's order", &answer);
  must(bartizan_book_cancel(book, 5, alice, second, &answer));
  print_reports("Alice cancels it", &answer);

  /* Any other command is a record with its kind: here an iceberg that shows 10 of 100, in a batch of one. C++ wants the
   * fields in the order of the record; those left out are zero. */
  const bartizan_command iceberg = {
      .client = 13,
      .price = 103,
      .quantity = 100,
      .display = 10,
      .account = alice,
      .kind = BARTIZAN_COMMAND_KIND_NEW,
      .ord_type = BARTIZAN_ORD_TYPE_LIMIT,
      .side = BARTIZAN_SIDE_SELL,
      .time_in_force = BARTIZAN_TIME_IN_FORCE_DAY,
  };
  must(bartizan_book_apply(book, 6, &iceberg, 1, &answer));
  print_reports("Alice offers 100 at 103, showing 10", &answer);
  for (size_t i = 0; i < answer.event_count; i++) {
    printf("  market data %" PRIu64 ": %s\n", answer.events[i].sequence, bartizan_event_kind_name(answer.events[i].kind));
  }

  printf("The book\n");
  print_side(book, "ask", BARTIZAN_SIDE_SELL);
  print_side(book, "bid", BARTIZAN_SIDE_BUY);
  bartizan_book_free(book);
  return EXIT_SUCCESS;
}
