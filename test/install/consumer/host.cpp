#include <cstdio>
#include <string>

std::string refusal();

int main() {
  const auto why = refusal();
  std::printf("%s\n", why.c_str());
  return why.find("needs its directory") == std::string::npos ? 1 : 0;
}
