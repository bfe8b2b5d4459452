#include "test/bench/peers/peer_run.hpp"

#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zmq.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

// ZeroMQ with CURVE between two processes on localhost: PUSH to PULL, or REQ to REP on one core.
//
//   zeromq_peer frames SIZE COUNT     messages a second, first to last, by the one that receives
//   zeromq_peer round_trip SIZE COUNT half of them take less, in µs

namespace {

using namespace caucus::peers;

constexpr int high_water = 100'000;
constexpr std::size_t key_size = 41; ///< in Z85, with its end
constexpr std::size_t address_size = 64;

struct key_pair {
  std::array<char, key_size> open{};
  std::array<char, key_size> secret{};
  key_pair() { require(zmq_curve_keypair(open.data(), secret.data()) == 0, "keys"); }
};

struct end_context {
  void operator()(void* what) const { zmq_ctx_term(what); }
};
struct end_socket {
  void operator()(void* what) const { zmq_close(what); }
};

struct endpoint {
  std::unique_ptr<void, end_context> context{zmq_ctx_new()};
  std::unique_ptr<void, end_socket> socket;

  explicit endpoint(int type) : socket{zmq_socket(context.get(), type)} {
    require(socket != nullptr, "a socket");
    set(ZMQ_RCVHWM, &high_water, sizeof high_water);
    set(ZMQ_SNDHWM, &high_water, sizeof high_water);
  }
  void set(int option, const void* value, std::size_t size) const {
    require(zmq_setsockopt(socket.get(), option, value, size) == 0, "an option");
  }
  void serve(const key_pair& own) const {
    const int yes = 1;
    set(ZMQ_CURVE_SERVER, &yes, sizeof yes);
    set(ZMQ_CURVE_SECRETKEY, own.secret.data(), key_size);
    require(zmq_bind(socket.get(), "tcp://127.0.0.1:*") == 0, "a port");
  }
  void dial(const char* address, const key_pair& own, const key_pair& other) const {
    set(ZMQ_CURVE_SERVERKEY, other.open.data(), key_size);
    set(ZMQ_CURVE_PUBLICKEY, own.open.data(), key_size);
    set(ZMQ_CURVE_SECRETKEY, own.secret.data(), key_size);
    require(zmq_connect(socket.get(), address) == 0, "a connection");
  }
  [[nodiscard]] std::array<char, address_size> address() const {
    std::array<char, address_size> out{};
    auto size = out.size();
    require(zmq_getsockopt(socket.get(), ZMQ_LAST_ENDPOINT, out.data(), &size) == 0, "an address");
    return out;
  }
  void send(const std::vector<char>& what) const {
    require(zmq_send(socket.get(), what.data(), what.size(), 0) >= 0, "a message sent");
  }
  void receive(std::vector<char>& to) const {
    require(zmq_recv(socket.get(), to.data(), to.size(), 0) == static_cast<int>(to.size()),
            "a message whole");
  }
};

void pin() {
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(0, &one);
  require(sched_setaffinity(0, sizeof one, &one) == 0, "a core");
}

void listen(const run& of, const key_pair& own, int tell) {
  const endpoint here{of.echoes ? ZMQ_REP : ZMQ_PULL};
  here.serve(own);
  const auto address = here.address();
  require(write(tell, address.data(), address.size()) == address_size, "a pipe");
  std::vector<char> body(of.size);
  if (of.echoes) {
    for (std::uint64_t i = 0; i < of.count; ++i) {
      here.receive(body);
      here.send(body);
    }
    return;
  }
  here.receive(body);
  const auto began = clock::now();
  for (std::uint64_t i = 1; i < of.count; ++i) {
    here.receive(body);
  }
  say_rate("zeromq", of, began);
}

void dial(const run& of, const char* address, const key_pair& own, const key_pair& other) {
  const endpoint here{of.echoes ? ZMQ_REQ : ZMQ_PUSH};
  here.dial(address, own, other);
  std::vector<char> body(of.size);
  if (!of.echoes) {
    for (std::uint64_t i = 0; i < of.count; ++i) {
      here.send(body);
    }
    return;
  }
  std::vector<float> trips;
  for (std::uint64_t i = 0; i < of.count; ++i) {
    const auto asked = clock::now();
    here.send(body);
    here.receive(body);
    trips.push_back(std::chrono::duration<float, std::micro>(clock::now() - asked).count());
  }
  say_median("zeromq", of, std::move(trips));
}

} // namespace

int main(int count, char** words) {
  const auto of = understand(count, words);
  const key_pair listener;
  const key_pair dialler;
  std::array<int, 2> told{};
  require(pipe(told.data()) == 0, "a pipe");
  if (of.echoes) {
    pin();
  }
  const auto child = fork();
  require(child >= 0, "a process");
  if (child == 0) {
    listen(of, listener, told[1]);
    return EXIT_SUCCESS;
  }
  close(told[1]);
  std::array<char, address_size> address{};
  require(read(told[0], address.data(), address.size()) == address_size, "the listener's address");
  dial(of, address.data(), dialler, listener);
  return wait_for(child);
}
