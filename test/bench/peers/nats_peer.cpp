#include "test/bench/peers/peer_run.hpp"

#include <nats/nats.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <memory>
#include <vector>

// NATS over TLS: one process publishes, another subscribes, a server on localhost between them.
//
//   nats_peer frames SIZE COUNT     messages a second, first to last, by the one that receives
//
// NATS_URL and NATS_CA say where the server is and what has signed its certificate.

namespace {

using namespace caucus::peers;

constexpr const char* subject = "bench";
constexpr std::int64_t patience_ms = 20'000;

void require_ok(natsStatus how, const char* what) {
  if (how != NATS_OK) {
    std::fprintf(stderr, "%s: %s\n", what, natsStatus_GetText(how));
    std::exit(EXIT_FAILURE);
  }
}

struct free_options {
  void operator()(natsOptions* what) const { natsOptions_Destroy(what); }
};
struct free_connection {
  void operator()(natsConnection* what) const { natsConnection_Destroy(what); }
};
struct free_subscription {
  void operator()(natsSubscription* what) const { natsSubscription_Destroy(what); }
};
using connection = std::unique_ptr<natsConnection, free_connection>;

connection connect() {
  const char* const url = std::getenv("NATS_URL");
  const char* const signer = std::getenv("NATS_CA");
  require(url != nullptr && signer != nullptr, "NATS_URL or no NATS_CA");
  natsOptions* made = nullptr;
  require_ok(natsOptions_Create(&made), "options");
  const std::unique_ptr<natsOptions, free_options> options{made};
  require_ok(natsOptions_SetURL(made, url), url);
  require_ok(natsOptions_SetSecure(made, true), "TLS");
  require_ok(natsOptions_LoadCATrustedCertificates(made, signer), signer);
  natsConnection* out = nullptr;
  require_ok(natsConnection_Connect(&out, made), url);
  return connection{out};
}

void listen(const run& of, int tell) {
  const auto over = connect();
  natsSubscription* made = nullptr;
  require_ok(natsConnection_SubscribeSync(&made, over.get(), subject), "a subscription");
  const std::unique_ptr<natsSubscription, free_subscription> from{made};
  require_ok(natsSubscription_SetPendingLimits(made, -1, -1), "limits");
  require_ok(natsConnection_Flush(over.get()), "a subscription");
  require(write(tell, "!", 1) == 1, "a pipe");
  clock::time_point began;
  for (std::uint64_t i = 0; i < of.count; ++i) {
    natsMsg* one = nullptr;
    require_ok(natsSubscription_NextMsg(&one, made, patience_ms), "a message");
    natsMsg_Destroy(one);
    began = i == 0 ? clock::now() : began;
  }
  say_rate("nats", of, began);
}

void publish(const run& of) {
  const auto over = connect();
  const std::vector<char> body(of.size);
  for (std::uint64_t i = 0; i < of.count; ++i) {
    require_ok(natsConnection_Publish(over.get(), subject, body.data(), static_cast<int>(of.size)),
               "a message");
  }
  require_ok(natsConnection_FlushTimeout(over.get(), patience_ms), "the last message");
}

} // namespace

int main(int count, char** words) {
  const auto of = understand(count, words);
  require(!of.echoes, "round trip through a server here");
  std::array<int, 2> told{};
  require(pipe(told.data()) == 0, "a pipe");
  const auto child = fork(); // before the library has threads
  require(child >= 0, "a process");
  if (child == 0) {
    listen(of, told[1]);
    return EXIT_SUCCESS;
  }
  close(told[1]);
  char mark = 0;
  require(read(told[0], &mark, 1) == 1, "subscriber");
  publish(of);
  return wait_for(child);
}
