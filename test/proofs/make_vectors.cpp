#include "test/proofs/vectors.hpp"

#include <fstream>
#include <iostream>

// Writes the test vectors: proof_vectors FOLDER.

int main(int count, char** words) {
  if (count != 2) {
    std::cerr << "usage: proof_vectors FOLDER\n";
    return 2;
  }
  for (const auto& [name, text] : caucus::testing::vector_files()) {
    std::ofstream out{std::string{words[1]} + "/" + name, std::ios::binary};
    out << text;
    out.close();
    if (!out) {
      std::cerr << "cannot write " << words[1] << "/" << name << "\n";
      return 1;
    }
  }
  return 0;
}
