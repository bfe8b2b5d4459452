#pragma once

#include "messages/result.hpp"
#include "runtime/config.hpp"

#include <memory>
#include <mutex>
#include <string>
#include <utility>

/// A table of the configuration, through load and reload: a struct as read, and as in effect.
/// Main thread.

namespace caucus {

/// Handle: a table as it is in effect, for an actor to ask. Any thread.
template <class Config>
class live_config {
public:
  explicit live_config(Config first = {}) : inside_{std::make_shared<inside>()} {
    set(std::move(first));
  }
  /// A copy. What a reload changes, which is live keys alone, the next one tells.
  [[nodiscard]] Config now() const {
    const std::lock_guard lock{inside_->guard};
    return inside_->value;
  }
  /// For the settings, or a test in their place.
  void set(Config next) const {
    const std::lock_guard lock{inside_->guard};
    inside_->value = std::move(next);
  }

private:
  struct inside {
    std::mutex guard;
    Config value;
  };
  std::shared_ptr<inside> inside_; ///< never null
};

/// A table, whatever its struct.
class settings_table {
public:
  settings_table() = default;
  settings_table(const settings_table&) = delete; // a schema points into it
  settings_table& operator=(const settings_table&) = delete;
  virtual ~settings_table() = default;

  virtual void bind(config_schema& to) = 0;
  /// The same table as it was before anything was read.
  [[nodiscard]] virtual std::unique_ptr<settings_table> unread() const = 0;
  /// Puts into effect what was read. Error: config_schema::settle()'s, and restore() is to follow.
  [[nodiscard]] virtual result<void> settle(const config_schema& schema) = 0;
  virtual void commit() = 0;
  /// All is as at the last commit().
  virtual void restore() = 0;
  /// Lets the schema show what is in effect; called again, what was read.
  virtual void swap_shown() = 0;
};

template <class Config>
class settings_of final : public settings_table {
public:
  settings_of(std::string name, Config defaults)
      : name_{std::move(name)}, defaults_{std::move(defaults)} {}

  [[nodiscard]] const Config& effective() const { return now_.effective; }
  [[nodiscard]] const live_config<Config>& live() const { return live_; }

  void bind(config_schema& to) override { to.table(name_, now_.read); }
  [[nodiscard]] std::unique_ptr<settings_table> unread() const override {
    return std::make_unique<settings_of>(name_, defaults_);
  }
  [[nodiscard]] result<void> settle(const config_schema& schema) override {
    now_.effective = now_.read;
    if (auto settled = schema.settle(now_.effective, name_); !settled) {
      return settled;
    }
    return judge(now_.effective, name_); // a default too
  }
  void commit() override {
    committed_ = now_;
    live_.set(now_.effective);
  }
  void restore() override { now_ = committed_; }
  void swap_shown() override { std::swap(now_.read, now_.effective); }

private:
  struct state {
    Config read; ///< as file and flags say it; the schema points into it
    Config effective;
  };

  std::string name_;
  Config defaults_;
  state now_{defaults_, defaults_};
  state committed_ = now_;
  live_config<Config> live_{defaults_};
};

} // namespace caucus
