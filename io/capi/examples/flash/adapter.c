/* The order book behind the interface of flash1-dev/matching-engine-benchmark: its harness loads this as a shared library,
 * feeds it a million orders and checks every report. Built and run as README.md beside it says.
 *
 * The harness numbers its orders itself; its number travels as the client id, and a plain array leads from it to the book's
 * id. A modify there is always a cancel and a new order, even where an exchange would keep the place in the queue, so it is
 * both here too. Reports go from the book's own array straight into the queue to the harness' other thread.
 */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "bartizan.h"
#include "matching_engine_api.h"

/* --- The queue: one writer, one reader, reports in a ring ------------------------------------------------------------- */

enum { PUBLISHED_AT_ONCE = 32 }; /* a power of two: the reader sees that many at a time, so that the line is not fought for */

typedef struct {
  _Alignas(64) _Atomic uint64_t head; /* reports before this one can be read */
  _Alignas(64) _Atomic uint64_t tail; /* reports before this one were read */
  _Alignas(64) uint64_t next;         /* the writer's own: where it writes next */
  uint64_t room;                      /* the writer's own: up to where there is room for certain */
  uint64_t mask;
  me_report_t *reports;
} ring_t;

static void ring_publish(void *handle) {
  ring_t *ring = handle;
  atomic_store_explicit(&ring->head, ring->next, memory_order_release);
}

/* Where the next report is written. */
static inline me_report_t *ring_claim(ring_t *ring) {
  while (__builtin_expect(ring->next == ring->room, 0)) {
    ring_publish(ring);
    ring->room = atomic_load_explicit(&ring->tail, memory_order_acquire) + ring->mask + 1;
  }
  return &ring->reports[ring->next & ring->mask];
}

static inline void ring_commit(ring_t *ring) {
  ring->next++;
  if (ring->next % PUBLISHED_AT_ONCE == 0) ring_publish(ring);
}

static int ring_push(void *handle, const me_report_t *report) {
  *ring_claim(handle) = *report;
  ring_commit(handle);
  return 1;
}

static uint32_t ring_drain(void *handle, me_report_t *out, uint32_t max) {
  ring_t *ring = handle;
  uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
  uint64_t ready = atomic_load_explicit(&ring->head, memory_order_acquire) - tail;
  uint32_t count = ready < max ? (uint32_t)ready : max;
  for (uint32_t i = 0; i < count; i++) out[i] = ring->reports[(tail + i) & ring->mask];
  atomic_store_explicit(&ring->tail, tail + count, memory_order_release);
  return count;
}

static void ring_destroy(void *handle) {
  ring_t *ring = handle;
  free(ring->reports);
  free(ring);
}

static void *ring_create(uint32_t capacity) {
  uint64_t size = PUBLISHED_AT_ONCE;
  while (size < capacity) size *= 2;
  ring_t *ring = aligned_alloc(64, sizeof(ring_t));
  me_report_t *reports = aligned_alloc(64, size * sizeof(me_report_t));
  if (!ring || !reports) {
    free(ring);
    free(reports);
    return NULL;
  }
  memset(reports, 0, size * sizeof(me_report_t));
  memset(ring, 0, sizeof(ring_t));
  ring->mask = size - 1;
  ring->room = size;
  ring->reports = reports;
  return ring;
}

static const me_transport_t RING = {ring_create, ring_push, ring_drain, ring_publish, ring_destroy};

const me_transport_t *engine_get_transport(void) { return &RING; }

/* --- The book ---------------------------------------------------------------------------------------------------------- */

static struct {
  bartizan_book *book;
  uint64_t *orders; /* by the harness' number, the book's id; 0: never seen */
  uint64_t count;
  ring_t *ring; /* where reports go, unless the harness gave a queue of its own */
  const me_transport_t *transport;
  void *sink;
} engine;

static void must(int holds) {
  if (!holds) abort();
}

/* Makes room for a number. */
static void grow(uint64_t number) {
  uint64_t count = engine.count ? engine.count : 1 << 21;
  while (count <= number) count *= 2;
  engine.orders = realloc(engine.orders, count * sizeof *engine.orders);
  must(engine.orders != NULL);
  memset(engine.orders + engine.count, 0, (count - engine.count) * sizeof *engine.orders);
  engine.count = count;
}

static inline uint64_t order_of(uint64_t number) { return number < engine.count ? engine.orders[number] : 0; }

static inline void emit(me_report_t report) {
  if (__builtin_expect(engine.ring != NULL, 1)) {
    *ring_claim(engine.ring) = report;
    ring_commit(engine.ring);
  } else {
    while (!engine.transport->push(engine.sink, &report)) {
    }
  }
}

/* Tells of the trades in the answer to a new order, and of what an immediate-or-cancel order could not get. */
static inline void tell(const bartizan_output *answer, uint64_t sequence, uint64_t number, uint8_t side, int64_t price) {
  const bartizan_report *end = answer->reports + answer->report_count;
  for (const bartizan_report *report = answer->reports + 1; report < end; report++) {
    if (report->exec_type == BARTIZAN_EXEC_TYPE_TRADE) {
      const bartizan_report *maker = ++report; /* the incoming order's report comes first, the resting one's after it */
      emit((me_report_t){.type = ME_TRADE,
                         .sequence_number = sequence,
                         .price_ticks = maker->price,
                         .quantity = (uint32_t)maker->quantity,
                         .maker_order_id = maker->client,
                         .taker_order_id = number});
    } else {
      emit((me_report_t){.type = ME_CANCEL_ACK,
                         .side = side,
                         .sequence_number = sequence,
                         .order_id = number,
                         .price_ticks = price});
    }
  }
}

void engine_init(uint64_t seed, const me_transport_t *transport, void *sink) {
  (void)seed;
  engine.transport = transport;
  engine.sink = sink;
  engine.ring = transport == &RING ? sink : NULL;
  bartizan_rules rules = bartizan_rules_default();
  rules.expected_orders = 1 << 20;
  rules.bustable_trades = 0;
  rules.index_client_ids = 0;
  rules.l1 = rules.l2 = rules.l3 = 0;
  must(bartizan_book_new(&rules, &engine.book) == BARTIZAN_STATUS_OK);
  grow(0);
}

void engine_shutdown(void) {
  bartizan_book_free(engine.book);
  free(engine.orders);
  memset(&engine, 0, sizeof engine);
}

static inline void enter(uint64_t number, uint64_t sequence, uint8_t side, uint8_t in_force, uint32_t quantity,
                         int64_t price) {
  bartizan_output answer;
  must(bartizan_book_limit(engine.book, 0, 0, number, side, in_force, quantity, price, &answer) == BARTIZAN_STATUS_OK);
  engine.orders[number] = answer.reports[0].order;
  tell(&answer, sequence, number, side, price);
}

void engine_on_new_order(const new_order_t *order) {
  if (__builtin_expect(order->order_id >= engine.count, 0)) grow(order->order_id);
  __builtin_prefetch(&engine.orders[order->order_id], 1); /* written once the book has answered */
  emit((me_report_t){.type = ME_ORDER_ACK,
                     .side = order->side,
                     .sequence_number = order->sequence_number,
                     .order_id = order->order_id,
                     .price_ticks = order->price_ticks,
                     .quantity = order->quantity});
  enter(order->order_id, order->sequence_number, order->side,
        order->ioc ? BARTIZAN_TIME_IN_FORCE_IOC : BARTIZAN_TIME_IN_FORCE_GTC, order->quantity, order->price_ticks);
}

/* Cancels an order, and gives the book's report of it, or null if no such order rests. */
static inline const bartizan_report *cancel(uint64_t number) {
  bartizan_output answer;
  must(bartizan_book_cancel(engine.book, 0, 0, order_of(number), &answer) == BARTIZAN_STATUS_OK);
  return answer.reports[0].exec_type == BARTIZAN_EXEC_TYPE_CANCELED ? answer.reports : NULL;
}

void engine_on_cancel(const cancel_t *message) {
  const bartizan_report *gone = cancel(message->order_id);
  emit((me_report_t){.type = gone ? ME_CANCEL_ACK : ME_CANCEL_REJECT,
                     .side = gone ? gone->side : 0,
                     .sequence_number = message->sequence_number,
                     .order_id = message->order_id,
                     .price_ticks = gone ? gone->price : 0});
}

void engine_on_modify(const modify_t *modify) {
  int resting = cancel(modify->order_id) != NULL;
  emit((me_report_t){.type = resting ? ME_MODIFY_ACK : ME_MODIFY_REJECT,
                     .side = modify->side,
                     .sequence_number = modify->sequence_number,
                     .order_id = modify->order_id,
                     .price_ticks = modify->new_price_ticks,
                     .quantity = modify->new_quantity});
  if (resting) {
    enter(modify->order_id, modify->sequence_number, modify->side, BARTIZAN_TIME_IN_FORCE_GTC, modify->new_quantity,
          modify->new_price_ticks);
  }
}

void engine_flush(void) {
  if (engine.ring) ring_publish(engine.ring);
}

int64_t engine_query_best_bid(void) {
  bartizan_top top;
  must(bartizan_book_top(engine.book, &top) == BARTIZAN_STATUS_OK);
  return top.bid; /* BARTIZAN_NO_PRICE is INT64_MIN, as asked for */
}

int64_t engine_query_best_ask(void) {
  bartizan_top top;
  must(bartizan_book_top(engine.book, &top) == BARTIZAN_STATUS_OK);
  return top.ask == BARTIZAN_NO_PRICE ? INT64_MAX : top.ask;
}

uint64_t engine_query_depth_at(int64_t price, uint8_t side) {
  bartizan_level level;
  must(bartizan_book_level(engine.book, side, price, &level) == BARTIZAN_STATUS_OK);
  return level.quantity;
}
