// Cluster key and CURVE pair: derivation against the vectors of RFC 5869, files and what is refused about
// them.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zmq.h>

#include <cerrno>
#include <filesystem>
#include <fstream>

#include "base/unique_fd.hpp"
#include "transport/cluster_key.hpp"
#include "transport/curve_keys.hpp"

namespace holdfast::transport {
namespace {

namespace fs = std::filesystem;

std::string bytes_of(std::string_view hex) {
  std::string bytes(hex.size() / 2, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<char>(std::stoi(std::string(hex.substr(2 * i, 2)), nullptr, 16));
  }
  return bytes;
}

class KeyFiles : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "hf-keys-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string path(const std::string& name) const { return folder_ + "/" + name; }
  std::string write(const std::string& name, const std::string& content, mode_t mode = 0600) const {
    std::ofstream(path(name), std::ios::binary) << content;
    EXPECT_EQ(::chmod(path(name).c_str(), mode), 0);
    return path(name);
  }
  static std::string read(const std::string& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  static mode_t mode_of(const std::string& file) {
    struct stat status {};
    EXPECT_EQ(::stat(file.c_str(), &status), 0);
    return status.st_mode & 07777;
  }

  std::string folder_;
};

const std::string kHex = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
const std::string kBase64 = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

TEST(Hkdf, Rfc5869Vectors) {
  EXPECT_EQ(hkdf_sha256(bytes_of("000102030405060708090a0b0c"), std::string(22, '\x0b'),
                        bytes_of("f0f1f2f3f4f5f6f7f8f9"), 42),
            bytes_of("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"));
  EXPECT_EQ(hkdf_sha256("", std::string(22, '\x0b'), "", 42),
            bytes_of("8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"));
  std::string salt;
  std::string material;
  std::string info;
  for (int i = 0; i < 0x50; ++i) {
    material += static_cast<char>(i);
    salt += static_cast<char>(0x60 + i);
    info += static_cast<char>(0xb0 + i);
  }
  EXPECT_EQ(hkdf_sha256(salt, material, info, 82),
            bytes_of("b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09"
                     "da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87"));
}

TEST(ClusterKeyTest, DerivedKeysDependOnBothPartsAndTheirBorder) {
  const auto key = [](std::string_view user, std::string_view password) {
    return ClusterKey::derive(user, password).bytes();
  };
  EXPECT_TRUE(ClusterKey::derive("", "").open());
  EXPECT_TRUE(ClusterKey().open());
  EXPECT_FALSE(ClusterKey::derive("user", "").open());
  EXPECT_EQ(key("user", "password"), key("user", "password"));
  EXPECT_NE(key("user", "password"), key("userp", "assword"));
  EXPECT_NE(key("user", "password"), key("user", "Password"));
  EXPECT_NE(key("a", "b:1"), key("a1:b", ":1"));
}

TEST(ClusterKeyTest, GeneratedKeysDiffer) {
  EXPECT_NE(ClusterKey::generate().bytes(), ClusterKey::generate().bytes());
}

TEST_F(KeyFiles, AWrittenKeyIsReadBackAndNeverReplaced) {
  const ClusterKey key = ClusterKey::generate();
  const std::string file = path("cluster.key");
  ASSERT_TRUE(write_cluster_key(file, key).ok());
  EXPECT_EQ(mode_of(file), 0600U);
  const auto loaded = load_cluster_keys(file);
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  EXPECT_EQ(loaded.value().key.bytes(), key.bytes());
  const std::string before = read(file);
  const Status again = write_cluster_key(file, ClusterKey::generate());
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().code, EEXIST);
  EXPECT_EQ(read(file), before);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 1);  // no draft is left
}

TEST_F(KeyFiles, HexAndBase64WithCommentsAndBlanks) {
  for (const std::string& digits : {kHex, kBase64}) {
    const auto key = load_cluster_keys(write("k", "# a key\r\n\n  " + digits + " \r\n# end"));
    ASSERT_TRUE(key.ok()) << key.error().message;
    EXPECT_EQ(key.value().key.bytes()[31], 31);
    EXPECT_FALSE(key.value().former);
    fs::remove(path("k"));
  }
}

TEST_F(KeyFiles, TwoKeysWhileTheKeyIsBeingChanged) {
  const ClusterKey next = ClusterKey::generate();
  ASSERT_TRUE(write_cluster_key(path("next"), next).ok());
  const auto keys = load_cluster_keys(write("k", read(path("next")) + "# the former\n" + kHex + "\n"));
  ASSERT_TRUE(keys.ok()) << keys.error().message;
  EXPECT_EQ(keys.value().key.bytes(), next.bytes());
  ASSERT_TRUE(keys.value().former);
  EXPECT_EQ(keys.value().former->bytes()[31], 31);
}

TEST_F(KeyFiles, WhatIsNoKeyFileIsRefusedWithItsPlaceAndWithoutItsContent) {
  const std::pair<std::string, std::string> cases[] = {
      {"", "holds no key"},
      {"# only comment\n", "holds no key"},
      {"# c\n" + kHex + "\n" + kHex + "\n" + kHex + "\n", ":4: a third key"},
      {kHex + "\n" + kHex.substr(1) + "\n", ":2: is no cluster key"},
      {kHex.substr(1) + "\n", ":1: is no cluster key"},
      {"zz" + kHex.substr(2), ":1: is no cluster key"},
      {std::string(43, 'A') + "!", ":1: is no cluster key"},
      {std::string(64, '0'), "all zero"},
      {std::string(5000, '#'), "larger than"},
  };
  for (const auto& [content, message] : cases) {
    const auto key = load_cluster_keys(write("k", content));
    ASSERT_FALSE(key.ok()) << content;
    EXPECT_NE(key.error().message.find(message), std::string::npos) << key.error().message;
    EXPECT_NE(key.error().message.find(path("k")), std::string::npos) << key.error().message;
    EXPECT_EQ(key.error().message.find(kHex.substr(4, 8)), std::string::npos) << key.error().message;
    fs::remove(path("k"));
  }
}

TEST_F(KeyFiles, OnlyPrivateRegularFilesAreRead) {
  for (const mode_t mode : {0640U, 0604U, 0660U, 0602U, 0644U, 0610U}) {
    const auto key = load_cluster_keys(write("k", kHex, mode));
    ASSERT_FALSE(key.ok()) << mode;
    EXPECT_NE(key.error().message.find("chmod 600 " + path("k")), std::string::npos) << key.error().message;
  }
  EXPECT_TRUE(load_cluster_keys(write("k", kHex, 0400)).ok());
  EXPECT_FALSE(load_cluster_keys(folder_).ok());
  EXPECT_EQ(load_cluster_keys(path("absent")).error().code, ENOENT);
  ASSERT_EQ(::mkfifo(path("fifo").c_str(), 0600), 0);
  EXPECT_FALSE(load_cluster_keys(path("fifo")).ok());  // and does not wait for a writer
}

TEST_F(KeyFiles, ACurvePairIsMadeOnceAndUsableByZeroMq) {
  const std::string file = path("curve.key");
  const auto made = load_or_create_curve_keys(file);
  ASSERT_TRUE(made.ok()) << made.error().message;
  EXPECT_EQ(mode_of(file), 0600U);
  const auto loaded = load_or_create_curve_keys(file);
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  EXPECT_EQ(made.value().public_key(), loaded.value().public_key());
  EXPECT_EQ(made.value().secret(), loaded.value().secret());
  // libzmq derives the same public half from the secret one.
  char secret[41];
  char derived[41];
  char expected[41];
  ASSERT_NE(zmq_z85_encode(secret, made.value().secret().data(), 32), nullptr);
  ASSERT_EQ(zmq_curve_public(derived, secret), 0);
  ASSERT_NE(zmq_z85_encode(expected, made.value().public_key().bytes.data(), 32), nullptr);
  EXPECT_STREQ(derived, expected);
}

TEST_F(KeyFiles, ADamagedOrSharedCurveFileIsRefusedAndLeft) {
  const CurveKeyPair one = CurveKeyPair::generate();
  const CurveKeyPair other = CurveKeyPair::generate();
  std::string secret(65, '\0');
  sodium_bin2hex(secret.data(), secret.size(), other.secret().data(), 32);
  secret.resize(64);
  for (const std::string& content :
       {std::string{}, std::string("public x\nsecret y\n"), "public " + one.public_key().hex() + "\n",
        "public " + one.public_key().hex() + "\nsecret " + secret + "\n"}) {
    const std::string file = write("curve.key", content);
    const auto keys = load_or_create_curve_keys(file);
    ASSERT_FALSE(keys.ok());
    EXPECT_NE(keys.error().message.find(file), std::string::npos);
    EXPECT_EQ(keys.error().message.find(secret), std::string::npos);
    EXPECT_EQ(read(file), content);
  }
  const std::string good = "public " + other.public_key().hex() + "\nsecret " + secret + "\n";
  EXPECT_TRUE(load_or_create_curve_keys(write("curve.key", good)).ok());
  EXPECT_FALSE(load_or_create_curve_keys(write("curve.key", good, 0644)).ok());
  EXPECT_FALSE(load_or_create_curve_keys(path("no/such/folder/curve.key")).ok());
}

TEST(CurveKeys, TheManualsExampleKeysAreKnown) {
  CurvePublicKey example;
  ASSERT_NE(zmq_z85_decode(example.bytes.data(), "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7"), nullptr);
  EXPECT_TRUE(example.published());
  EXPECT_FALSE(CurveKeyPair::generate().public_key().published());
  EXPECT_TRUE(CurveKeyPair().empty());
  EXPECT_EQ(CurvePublicKey::from_hex(example.hex()), example);
  EXPECT_FALSE(CurvePublicKey::from_hex("12").has_value());
  EXPECT_FALSE(CurvePublicKey::from_hex(std::string(64, 'g')).has_value());
}

}  // namespace
}  // namespace holdfast::transport
