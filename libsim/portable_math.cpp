#include "libsim/portable_math.hpp"

#include "libsim/check.hpp"

#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace sim::math {
namespace portable_math {

// An unevaluated sum of two doubles, the second far below the first.
struct Parts {
    double high;
    double low;
};

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double two_pi = 0x1.921fb54442d18p+2;
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

// The high part of a logarithm is a multiple of 2^-42, so that it and an exponent's multiple of ln 2 add up exactly;
// the low part is the rest, rounded once.
constexpr Parts ln_2{0x1.62e42fefa3800p-1, 0x1.ef35793c76730p-45};

// [0.6875, 1.375) in 128 steps: a point c within each step, 1/c rounded once, and ln c. The two steps that meet at one
// have c = 1, whose logarithm is exactly zero, so that near one the relative precision is kept; the others have their
// middle.
struct Step {
    double c;
    double inverse;
    Parts ln;
};
constexpr std::array<Step, 128> steps{{
    {0x1.6100000000000p-1, 0x1.734f0c541fe8dp+0, {-0x1.7cc7f7db47000p-2, 0x1.7c98438023cdcp-44}},
    {0x1.6300000000000p-1, 0x1.713786d9c7c09p+0, {-0x1.76feecb947000p-2, -0x1.74bb9c9852c57p-46}},
    {0x1.6500000000000p-1, 0x1.6f26016f26017p+0, {-0x1.713e33a46a000p-2, -0x1.7b9b2617e9472p-46}},
    {0x1.6700000000000p-1, 0x1.6d1a62681c861p+0, {-0x1.6b85b4cffa000p-2, -0x1.fe6750d372503p-45}},
    {0x1.6900000000000p-1, 0x1.6b1490aa31a3dp+0, {-0x1.65d558d4ce000p-2, -0x1.544fd2dc5bdc0p-51}},
    {0x1.6b00000000000p-1, 0x1.691473a88d0c0p+0, {-0x1.602d08af09000p-2, -0x1.ebe9176df3f65p-46}},
    {0x1.6d00000000000p-1, 0x1.6719f3601671ap+0, {-0x1.5a8cadbbee000p-2, 0x1.7c79b0af7ecf8p-48}},
    {0x1.6f00000000000p-1, 0x1.6524f853b4aa3p+0, {-0x1.54f431b7be000p-2, -0x1.a8954c0910952p-46}},
    {0x1.7100000000000p-1, 0x1.63356b88ac0dep+0, {-0x1.4f637ebbaa000p-2, 0x1.fc158cb3124b9p-44}},
    {0x1.7300000000000p-1, 0x1.614b36831ae94p+0, {-0x1.49da7f3bcc000p-2, -0x1.07b334daf4b9ap-44}},
    {0x1.7500000000000p-1, 0x1.5f66434292dfcp+0, {-0x1.44591e053a000p-2, 0x1.6e95892923d88p-47}},
    {0x1.7700000000000p-1, 0x1.5d867c3ece2a5p+0, {-0x1.3edf463c17000p-2, 0x1.f067c297f2c3fp-44}},
    {0x1.7900000000000p-1, 0x1.5babcc647fa91p+0, {-0x1.396ce359bc000p-2, 0x1.5839c5663663dp-47}},
    {0x1.7b00000000000p-1, 0x1.59d61f123ccaap+0, {-0x1.3401e12aed000p-2, 0x1.17c73556e291dp-44}},
    {0x1.7d00000000000p-1, 0x1.5805601580560p+0, {-0x1.2e9e2bce12000p-2, -0x1.4300c128d1dc2p-45}},
    {0x1.7f00000000000p-1, 0x1.56397ba7c52e2p+0, {-0x1.2941afb187000p-2, 0x1.210c2b730e28bp-44}},
    {0x1.8100000000000p-1, 0x1.54725e6bb82fep+0, {-0x1.23ec5991ec000p-2, 0x1.6dbe448a2e522p-44}},
    {0x1.8300000000000p-1, 0x1.52aff56a8054bp+0, {-0x1.1e9e16788a000p-2, 0x1.82eaed3c8b65ep-44}},
    {0x1.8500000000000p-1, 0x1.50f22e111c4c5p+0, {-0x1.1956d3b9bc000p-2, -0x1.7d2f73ad1aa14p-45}},
    {0x1.8700000000000p-1, 0x1.4f38f62dd4c9bp+0, {-0x1.14167ef367000p-2, -0x1.e0c07824daaf5p-44}},
    {0x1.8900000000000p-1, 0x1.4d843bedc2c4cp+0, {-0x1.0edd060b78000p-2, -0x1.019b52d8435f5p-47}},
    {0x1.8b00000000000p-1, 0x1.4bd3edda68fe1p+0, {-0x1.09aa572e6c000p-2, -0x1.b50a1e1734342p-44}},
    {0x1.8d00000000000p-1, 0x1.4a27fad76014ap+0, {-0x1.047e60cde8000p-2, -0x1.dbdf10d397f3cp-45}},
    {0x1.8f00000000000p-1, 0x1.4880522014880p+0, {-0x1.feb2233ea0000p-3, -0x1.f3418de00938bp-45}},
    {0x1.9100000000000p-1, 0x1.46dce34596066p+0, {-0x1.f474b134e0000p-3, 0x1.bae49f1df7b5ep-44}},
    {0x1.9300000000000p-1, 0x1.453d9e2c776cap+0, {-0x1.ea4449f04a000p-3, -0x1.5e91663732a36p-44}},
    {0x1.9500000000000p-1, 0x1.43a2730abee4dp+0, {-0x1.e020cc6236000p-3, 0x1.52b00adb91424p-45}},
    {0x1.9700000000000p-1, 0x1.420b5265e5951p+0, {-0x1.d60a17f904000p-3, 0x1.5d6e06fc20d39p-44}},
    {0x1.9900000000000p-1, 0x1.40782d10e6566p+0, {-0x1.cc000c9db4000p-3, 0x1.d6d585d57aff9p-46}},
    {0x1.9b00000000000p-1, 0x1.3ee8f42a5af07p+0, {-0x1.c2028ab180000p-3, 0x1.92e0ee55c7ac6p-45}},
    {0x1.9d00000000000p-1, 0x1.3d5d991aa75c6p+0, {-0x1.b811730b82000p-3, -0x1.e90683b9cd768p-46}},
    {0x1.9f00000000000p-1, 0x1.3bd60d9232955p+0, {-0x1.ae2ca6f672000p-3, -0x1.7a8d5ae54f550p-44}},
    {0x1.a100000000000p-1, 0x1.3a524387ac822p+0, {-0x1.a454082e6a000p-3, -0x1.60a77c81f7171p-44}},
    {0x1.a300000000000p-1, 0x1.38d22d366088ep+0, {-0x1.9a8778deba000p-3, -0x1.470fa3efec390p-44}},
    {0x1.a500000000000p-1, 0x1.3755bd1c945eep+0, {-0x1.90c6db9fcc000p-3, 0x1.935f57718d7cap-46}},
    {0x1.a700000000000p-1, 0x1.35dce5f9f2af8p+0, {-0x1.871213750e000p-3, -0x1.328eb42f9af75p-44}},
    {0x1.a900000000000p-1, 0x1.34679ace01346p+0, {-0x1.7d6903caf6000p-3, 0x1.4c06b17c301d7p-45}},
    {0x1.ab00000000000p-1, 0x1.32f5ced6a1dfap+0, {-0x1.73cb9074fe000p-3, 0x1.d66a90d0005a6p-44}},
    {0x1.ad00000000000p-1, 0x1.3187758e9ebb6p+0, {-0x1.6a399dabbe000p-3, 0x1.8f934e66a15a6p-44}},
    {0x1.af00000000000p-1, 0x1.301c82ac40260p+0, {-0x1.60b3100b0a000p-3, 0x1.71456c988f814p-44}},
    {0x1.b100000000000p-1, 0x1.2eb4ea1fed14bp+0, {-0x1.5737cc9018000p-3, -0x1.9baa7a6b887f6p-44}},
    {0x1.b300000000000p-1, 0x1.2d50a012d50a0p+0, {-0x1.4dc7b897bc000p-3, -0x1.c79b60ae1ff0fp-47}},
    {0x1.b500000000000p-1, 0x1.2bef98e5a3711p+0, {-0x1.4462b9dc9c000p-3, 0x1.84858a711b062p-44}},
    {0x1.b700000000000p-1, 0x1.2a91c92f3c105p+0, {-0x1.3b08b67580000p-3, 0x1.aade8f29320fbp-44}},
    {0x1.b900000000000p-1, 0x1.293725bb804a5p+0, {-0x1.31b994d3a4000p-3, -0x1.f098ee3a50810p-44}},
    {0x1.bb00000000000p-1, 0x1.27dfa38a1ce4dp+0, {-0x1.28753bc11a000p-3, -0x1.7494e359302e6p-44}},
    {0x1.bd00000000000p-1, 0x1.268b37cd60127p+0, {-0x1.1f3b925f26000p-3, 0x1.5f74e9b083633p-46}},
    {0x1.bf00000000000p-1, 0x1.2539d7e9177b2p+0, {-0x1.160c8024b2000p-3, -0x1.ec2d2a9009e3dp-45}},
    {0x1.c100000000000p-1, 0x1.23eb79717605bp+0, {-0x1.0ce7ecdccc000p-3, -0x1.4652dabff5447p-46}},
    {0x1.c300000000000p-1, 0x1.22a0122a0122ap+0, {-0x1.03cdc0a51e000p-3, -0x1.81a9cf169fc5cp-44}},
    {0x1.c500000000000p-1, 0x1.21579804855e6p+0, {-0x1.f57bc7d900000p-4, -0x1.76a6c9ea8b04ep-46}},
    {0x1.c700000000000p-1, 0x1.2012012012012p+0, {-0x1.e3707ee304000p-4, -0x1.0f684e6766abdp-45}},
    {0x1.c900000000000p-1, 0x1.1ecf43c7fb84cp+0, {-0x1.d179788218000p-4, -0x1.36433b5efbeedp-44}},
    {0x1.cb00000000000p-1, 0x1.1d8f5672e4abdp+0, {-0x1.bf968769fc000p-4, -0x1.4218c8d824283p-45}},
    {0x1.cd00000000000p-1, 0x1.1c522fc1ce059p+0, {-0x1.adc77ee5b0000p-4, 0x1.573b209c31904p-44}},
    {0x1.cf00000000000p-1, 0x1.1b17c67f2bae3p+0, {-0x1.9c0c32d4d4000p-4, 0x1.ab7c09e838668p-44}},
    {0x1.d100000000000p-1, 0x1.19e0119e0119ep+0, {-0x1.8a6477a91c000p-4, -0x1.c28c0af9bd6dfp-44}},
    {0x1.d300000000000p-1, 0x1.18ab083902bdbp+0, {-0x1.78d02263d8000p-4, -0x1.69b5794b69fb7p-47}},
    {0x1.d500000000000p-1, 0x1.1778a191bd684p+0, {-0x1.674f089364000p-4, -0x1.a79994c9d3302p-44}},
    {0x1.d700000000000p-1, 0x1.1648d50fc3201p+0, {-0x1.55e10050e0000p-4, -0x1.c1d740c53c72ep-47}},
    {0x1.d900000000000p-1, 0x1.151b9a3fdd5c9p+0, {-0x1.4485e03dbc000p-4, -0x1.fad46e8d26ab7p-44}},
    {0x1.db00000000000p-1, 0x1.13f0e8d344724p+0, {-0x1.333d7f8184000p-4, 0x1.692b6a81b8848p-49}},
    {0x1.dd00000000000p-1, 0x1.12c8b89edc0acp+0, {-0x1.2207b5c784000p-4, -0x1.49d8cfc10c7bfp-44}},
    {0x1.df00000000000p-1, 0x1.11a3019a74826p+0, {-0x1.10e45b3cb0000p-4, 0x1.7cf69284a3465p-44}},
    {0x1.e100000000000p-1, 0x1.107fbbe011080p+0, {-0x1.ffa6911ab8000p-5, -0x1.3008c98381a8fp-45}},
    {0x1.e300000000000p-1, 0x1.0f5edfab325a2p+0, {-0x1.dda8adc680000p-5, 0x1.1b1ac64d9e42fp-45}},
    {0x1.e500000000000p-1, 0x1.0e40655826011p+0, {-0x1.bbcebfc690000p-5, 0x1.7bf868c317c2ap-46}},
    {0x1.e700000000000p-1, 0x1.0d24456359e3ap+0, {-0x1.9a187b5740000p-5, 0x1.0c22e4ec4d90dp-44}},
    {0x1.e900000000000p-1, 0x1.0c0a7868b4171p+0, {-0x1.788595a358000p-5, 0x1.08b0d083b3a4cp-46}},
    {0x1.eb00000000000p-1, 0x1.0af2f722eecb5p+0, {-0x1.5715c4c040000p-5, 0x1.8888ddfc47628p-44}},
    {0x1.ed00000000000p-1, 0x1.09ddba6af8360p+0, {-0x1.35c8bfaa10000p-5, -0x1.8357d5ef9eb35p-44}},
    {0x1.ef00000000000p-1, 0x1.08cabb37565e2p+0, {-0x1.149e3e4008000p-5, 0x1.2b98a9a4168fdp-44}},
    {0x1.f100000000000p-1, 0x1.07b9f29b8eae2p+0, {-0x1.e72bf28140000p-6, 0x1.8d75149774d47p-45}},
    {0x1.f300000000000p-1, 0x1.06ab59c7912fbp+0, {-0x1.a55f548c60000p-6, 0x1.de0709f2d03c9p-45}},
    {0x1.f500000000000p-1, 0x1.059eea0727586p+0, {-0x1.63d6178690000p-6, -0x1.7abf389596542p-47}},
    {0x1.f700000000000p-1, 0x1.04949cc1664c5p+0, {-0x1.228fb1fea0000p-6, -0x1.713e3284991fep-45}},
    {0x1.f900000000000p-1, 0x1.038c6b78247fcp+0, {-0x1.c317384c80000p-7, 0x1.41f33fcefb9fep-44}},
    {0x1.fb00000000000p-1, 0x1.02864fc7729e9p+0, {-0x1.41929f9680000p-7, -0x1.977c755d01368p-46}},
    {0x1.fd00000000000p-1, 0x1.0182436517a37p+0, {-0x1.8121214580000p-8, -0x1.ad50382973f27p-46}},
    {0x1.0000000000000p+0, 0x1.0000000000000p+0, {0.0, 0.0}},
    {0x1.0000000000000p+0, 0x1.0000000000000p+0, {0.0, 0.0}},
    {0x1.0300000000000p+0, 0x1.fa11caa01fa12p-1, {0x1.7dc475f820000p-7, -0x1.eb1245b5da1f5p-44}},
    {0x1.0500000000000p+0, 0x1.f6310aca0dbb5p-1, {0x1.3cea443470000p-6, -0x1.6a2c432d6a40bp-44}},
    {0x1.0700000000000p+0, 0x1.f25f644230ab5p-1, {0x1.b9fc027b00000p-6, -0x1.b9a010ae6922ap-44}},
    {0x1.0900000000000p+0, 0x1.ee9c7f8458e02p-1, {0x1.1b0d989240000p-5, -0x1.3401e9ae889bbp-44}},
    {0x1.0b00000000000p+0, 0x1.eae807aba01ebp-1, {0x1.58a5bafc90000p-5, -0x1.b2b739570ad39p-45}},
    {0x1.0d00000000000p+0, 0x1.e741aa59750e4p-1, {0x1.95c830ec90000p-5, -0x1.c148297c5feb8p-45}},
    {0x1.0f00000000000p+0, 0x1.e3a9179dc1a73p-1, {0x1.d276b8adb0000p-5, 0x1.6a423c78a64b0p-46}},
    {0x1.1100000000000p+0, 0x1.e01e01e01e01ep-1, {0x1.0759835990000p-4, -0x1.b8ecfe4b59987p-44}},
    {0x1.1300000000000p+0, 0x1.dca01dca01dcap-1, {0x1.253f62f0a0000p-4, 0x1.416f8fb69a701p-44}},
    {0x1.1500000000000p+0, 0x1.d92f2231e7f8ap-1, {0x1.42edcbea64000p-4, 0x1.bc0eeea7c9acdp-46}},
    {0x1.1700000000000p+0, 0x1.d5cac807572b2p-1, {0x1.60658a9374000p-4, 0x1.0c3b1dee9c4f8p-44}},
    {0x1.1900000000000p+0, 0x1.d272ca3fc5b1ap-1, {0x1.7da766d7b0000p-4, 0x1.2cc844480c89bp-44}},
    {0x1.1b00000000000p+0, 0x1.cf26e5c44bfc6p-1, {0x1.9ab4246204000p-4, -0x1.8a64826787061p-45}},
    {0x1.1d00000000000p+0, 0x1.cbe6d9601cbe7p-1, {0x1.b78c82bb10000p-4, -0x1.25ef7bc3987e7p-44}},
    {0x1.1f00000000000p+0, 0x1.c8b265afb8a42p-1, {0x1.d4313d66cc000p-4, -0x1.9454379135713p-45}},
    {0x1.2100000000000p+0, 0x1.c5894d10d4986p-1, {0x1.f0a30c0118000p-4, -0x1.d599e83368e91p-44}},
    {0x1.2300000000000p+0, 0x1.c26b5392ea01cp-1, {0x1.0671512ca6000p-3, -0x1.a47579cdc0a3dp-45}},
    {0x1.2500000000000p+0, 0x1.bf583ee868d8bp-1, {0x1.1478584674000p-3, 0x1.563451027c750p-46}},
    {0x1.2700000000000p+0, 0x1.bc4fd65883e7bp-1, {0x1.2266f190a6000p-3, -0x1.4d20ab840e7f6p-45}},
    {0x1.2900000000000p+0, 0x1.b951e2b18ff23p-1, {0x1.303d718e48000p-3, -0x1.680b5ce3ecb05p-50}},
    {0x1.2b00000000000p+0, 0x1.b65e2e3beee05p-1, {0x1.3dfc2b0ecc000p-3, 0x1.8a72a62b8c13fp-45}},
    {0x1.2d00000000000p+0, 0x1.b37484ad806cep-1, {0x1.4ba36f39a6000p-3, -0x1.4354bb3f219e5p-44}},
    {0x1.2f00000000000p+0, 0x1.b094b31d922a4p-1, {0x1.59338d9982000p-3, 0x1.0ba68b7555d4ap-48}},
    {0x1.3100000000000p+0, 0x1.adbe87f94905ep-1, {0x1.66acd4272a000p-3, 0x1.aa1bdbfc6c785p-44}},
    {0x1.3300000000000p+0, 0x1.aaf1d2f87ebfdp-1, {0x1.740f8f5404000p-3, -0x1.0b66c99018aa1p-44}},
    {0x1.3500000000000p+0, 0x1.a82e65130e159p-1, {0x1.815c0a1436000p-3, -0x1.02a52f9201ce8p-44}},
    {0x1.3700000000000p+0, 0x1.a574107688a4ap-1, {0x1.8e928de886000p-3, 0x1.a8154b13d72d5p-44}},
    {0x1.3900000000000p+0, 0x1.a2c2a87c51ca0p-1, {0x1.9bb362e7e0000p-3, -0x1.1f2a8a1ce0ffcp-45}},
    {0x1.3b00000000000p+0, 0x1.a01a01a01a01ap-1, {0x1.a8becfc882000p-3, 0x1.e3185cf21b9cfp-44}},
    {0x1.3d00000000000p+0, 0x1.9d79f176b682dp-1, {0x1.b5b519e8fc000p-3, -0x1.4b722ec011f31p-44}},
    {0x1.3f00000000000p+0, 0x1.9ae24ea5510dap-1, {0x1.c2968558c2000p-3, -0x1.cfd73dee38a40p-45}},
    {0x1.4100000000000p+0, 0x1.9852f0d8ec0ffp-1, {0x1.cf6354e09c000p-3, 0x1.771239a07d55bp-45}},
    {0x1.4300000000000p+0, 0x1.95cbb0be377aep-1, {0x1.dc1bca0abe000p-3, 0x1.8fac1a628ccc6p-44}},
    {0x1.4500000000000p+0, 0x1.934c67f9b2ce6p-1, {0x1.e8c0252aa6000p-3, -0x1.6805b80e8e6ffp-45}},
    {0x1.4700000000000p+0, 0x1.90d4f120190d5p-1, {0x1.f550a564b8000p-3, -0x1.323e3a09202fep-45}},
    {0x1.4900000000000p+0, 0x1.8e6527af1373fp-1, {0x1.00e6c45ad5000p-2, 0x1.cc68d52e01203p-50}},
    {0x1.4b00000000000p+0, 0x1.8bfce8062ff3ap-1, {0x1.071b85fcd6000p-2, -0x1.bcb8ba3e01a11p-44}},
    {0x1.4d00000000000p+0, 0x1.899c0f601899cp-1, {0x1.0d46b579ab000p-2, 0x1.d2c81f640e1e6p-44}},
    {0x1.4f00000000000p+0, 0x1.87427bcc092b9p-1, {0x1.136870293b000p-2, -0x1.d3e8499d67123p-44}},
    {0x1.5100000000000p+0, 0x1.84f00c2780614p-1, {0x1.1980d2dd42000p-2, 0x1.b7b3a7a361c9ap-45}},
    {0x1.5300000000000p+0, 0x1.82a4a0182a4a0p-1, {0x1.1f8ff9e48a000p-2, 0x1.7946c040cbe77p-45}},
    {0x1.5500000000000p+0, 0x1.8060180601806p-1, {0x1.2596010df7000p-2, 0x1.8e7bc224ea3e3p-44}},
    {0x1.5700000000000p+0, 0x1.7e225515a4f1dp-1, {0x1.2b9303ab8a000p-2, -0x1.6db12d6bfb0a5p-45}},
    {0x1.5900000000000p+0, 0x1.7beb3922e017cp-1, {0x1.31871c9544000p-2, 0x1.84fab94cecfd9p-46}},
    {0x1.5b00000000000p+0, 0x1.79baa6bb6398bp-1, {0x1.3772662bfe000p-2, -0x1.e9436ac53b023p-44}},
    {0x1.5d00000000000p+0, 0x1.77908119ac60dp-1, {0x1.3d54fa5c1f000p-2, 0x1.c3e1cd9a395e3p-44}},
    {0x1.5f00000000000p+0, 0x1.756cac201756dp-1, {0x1.432ef2a04f000p-2, -0x1.fb129931715adp-44}},
}};

// 2^(j/64) for j = 0 .. 63 as the nearest double and the rest.
constexpr std::array<Parts, 64> powers_of_two{{
    {0x1.0000000000000p+0, 0x0p+0},
    {0x1.02c9a3e778061p+0, -0x1.19083535b085dp-56},
    {0x1.059b0d3158574p+0, 0x1.d73e2a475b465p-55},
    {0x1.0874518759bc8p+0, 0x1.186be4bb284ffp-57},
    {0x1.0b5586cf9890fp+0, 0x1.8a62e4adc610bp-54},
    {0x1.0e3ec32d3d1a2p+0, 0x1.03a1727c57b53p-59},
    {0x1.11301d0125b51p+0, -0x1.6c51039449b3ap-54},
    {0x1.1429aaea92de0p+0, -0x1.32fbf9af1369ep-54},
    {0x1.172b83c7d517bp+0, -0x1.19041b9d78a76p-55},
    {0x1.1a35beb6fcb75p+0, 0x1.e5b4c7b4968e4p-55},
    {0x1.1d4873168b9aap+0, 0x1.e016e00a2643cp-54},
    {0x1.2063b88628cd6p+0, 0x1.dc775814a8495p-55},
    {0x1.2387a6e756238p+0, 0x1.9b07eb6c70573p-54},
    {0x1.26b4565e27cddp+0, 0x1.2bd339940e9d9p-55},
    {0x1.29e9df51fdee1p+0, 0x1.612e8afad1255p-55},
    {0x1.2d285a6e4030bp+0, 0x1.0024754db41d5p-54},
    {0x1.306fe0a31b715p+0, 0x1.6f46ad23182e4p-55},
    {0x1.33c08b26416ffp+0, 0x1.32721843659a6p-54},
    {0x1.371a7373aa9cbp+0, -0x1.63aeabf42eae2p-54},
    {0x1.3a7db34e59ff7p+0, -0x1.5e436d661f5e3p-56},
    {0x1.3dea64c123422p+0, 0x1.ada0911f09ebcp-55},
    {0x1.4160a21f72e2ap+0, -0x1.ef3691c309278p-58},
    {0x1.44e086061892dp+0, 0x1.89b7a04ef80d0p-59},
    {0x1.486a2b5c13cd0p+0, 0x1.3c1a3b69062f0p-56},
    {0x1.4bfdad5362a27p+0, 0x1.d4397afec42e2p-56},
    {0x1.4f9b2769d2ca7p+0, -0x1.4b309d25957e3p-54},
    {0x1.5342b569d4f82p+0, -0x1.07abe1db13cadp-55},
    {0x1.56f4736b527dap+0, 0x1.9bb2c011d93adp-54},
    {0x1.5ab07dd485429p+0, 0x1.6324c054647adp-54},
    {0x1.5e76f15ad2148p+0, 0x1.ba6f93080e65ep-54},
    {0x1.6247eb03a5585p+0, -0x1.383c17e40b497p-54},
    {0x1.6623882552225p+0, -0x1.bb60987591c34p-54},
    {0x1.6a09e667f3bcdp+0, -0x1.bdd3413b26456p-54},
    {0x1.6dfb23c651a2fp+0, -0x1.bbe3a683c88abp-57},
    {0x1.71f75e8ec5f74p+0, -0x1.16e4786887a99p-55},
    {0x1.75feb564267c9p+0, -0x1.0245957316dd3p-54},
    {0x1.7a11473eb0187p+0, -0x1.41577ee04992fp-55},
    {0x1.7e2f336cf4e62p+0, 0x1.05d02ba15797ep-56},
    {0x1.82589994cce13p+0, -0x1.d4c1dd41532d8p-54},
    {0x1.868d99b4492edp+0, -0x1.fc6f89bd4f6bap-54},
    {0x1.8ace5422aa0dbp+0, 0x1.6e9f156864b27p-54},
    {0x1.8f1ae99157736p+0, 0x1.5cc13a2e3976cp-55},
    {0x1.93737b0cdc5e5p+0, -0x1.75fc781b57ebcp-57},
    {0x1.97d829fde4e50p+0, -0x1.d185b7c1b85d1p-54},
    {0x1.9c49182a3f090p+0, 0x1.c7c46b071f2bep-56},
    {0x1.a0c667b5de565p+0, -0x1.359495d1cd533p-54},
    {0x1.a5503b23e255dp+0, -0x1.d2f6edb8d41e1p-54},
    {0x1.a9e6b5579fdbfp+0, 0x1.0fac90ef7fd31p-54},
    {0x1.ae89f995ad3adp+0, 0x1.7a1cd345dcc81p-54},
    {0x1.b33a2b84f15fbp+0, -0x1.2805e3084d708p-57},
    {0x1.b7f76f2fb5e47p+0, -0x1.5584f7e54ac3bp-56},
    {0x1.bcc1e904bc1d2p+0, 0x1.23dd07a2d9e84p-55},
    {0x1.c199bdd85529cp+0, 0x1.11065895048ddp-55},
    {0x1.c67f12e57d14bp+0, 0x1.2884dff483cadp-54},
    {0x1.cb720dcef9069p+0, 0x1.503cbd1e949dbp-56},
    {0x1.d072d4a07897cp+0, -0x1.cbc3743797a9cp-54},
    {0x1.d5818dcfba487p+0, 0x1.2ed02d75b3707p-55},
    {0x1.da9e603db3285p+0, 0x1.c2300696db532p-54},
    {0x1.dfc97337b9b5fp+0, -0x1.1a5cd4f184b5cp-54},
    {0x1.e502ee78b3ff6p+0, 0x1.39e8980a9cc8fp-55},
    {0x1.ea4afa2a490dap+0, -0x1.e9c23179c2893p-54},
    {0x1.efa1bee615a27p+0, 0x1.dc7f486a4b6b0p-54},
    {0x1.f50765b6e4540p+0, 0x1.9d3e12dd8a18bp-54},
    {0x1.fa7c1819e90d8p+0, 0x1.74853f3a5931ep-55},
}};

// ln 2 / 64; the high part has 38 binary places, so its product with every exponent that occurs is exact.
constexpr Parts ln_2_by_64{0x1.62e42ff000000p-7, -0x1.718432a1b0e26p-41};

double double_of_bits(std::uint64_t bits) { return std::bit_cast<double>(bits); }

// x * 2^exponent for results down to the smallest subnormal.
double scaled(double x, int exponent) {
    if (exponent < -1000) return x * double_of_bits(std::uint64_t{1023 - 1000} << 52) * scaled(1.0, exponent + 1000);
    if (exponent > 1000) return x * double_of_bits(std::uint64_t{1023 + 1000} << 52) * scaled(1.0, exponent - 1000);
    return x * double_of_bits(static_cast<std::uint64_t>(1023 + exponent) << 52);
}

// A positive finite x as m * 2^exponent with m in [0.6875, 1.375), and the step that m lies in. Without a branch on m,
// which would be as good as a coin.
struct Reduced {
    double m;
    double exponent;
    const Step& step;
};
Reduced reduced(double x) {
    int exponent = 0;
    if (x < std::numeric_limits<double>::min()) {
        x *= 0x1p54;
        exponent = -54;
    }
    constexpr std::uint64_t bits_of_least = 0x3fe6000000000000ULL;  // 0.6875
    const std::uint64_t bits = std::bit_cast<std::uint64_t>(x);
    const std::uint64_t above = bits - bits_of_least;
    const auto shift = static_cast<std::int64_t>(above) >> 52;
    const double m = double_of_bits(bits - (static_cast<std::uint64_t>(shift) << 52));
    return {m, static_cast<double>(exponent + static_cast<int>(shift)), steps[(above >> 45) & 127]};
}

Parts two_sum(double a, double b) {
    const double sum = a + b;
    const double b_seen = sum - a;
    return {sum, (a - (sum - b_seen)) + (b - b_seen)};
}

Parts two_product(double a, double b) {
    // Halves of 26 bits each, whose products are exact.
    const double split_a = a * 134217729.0;
    const double a_high = split_a - (split_a - a);
    const double a_low = a - a_high;
    const double split_b = b * 134217729.0;
    const double b_high = split_b - (split_b - b);
    const double b_low = b - b_high;
    const double product = a * b;
    return {product, ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low};
}

// ln x with about 62 bits, for pow, which multiplies its error: ln c + 2 artanh(s) with s = (m - c) / (m + c) in two
// parts.
Parts log_in_parts(double x) {
    const Reduced r = reduced(x);
    const double f = r.m - r.step.c;
    const Parts d = two_sum(r.m, r.step.c);
    const double s = f / d.high;
    const Parts back = two_product(s, d.high);
    const double s_low = (((f - back.high) - back.low) - s * d.low) / d.high;
    const double z = s * s;
    const double series = s * z * (2.0 / 3 + z * (2.0 / 5 + z * (2.0 / 7)));
    const Parts sum = two_sum(r.exponent * ln_2.high + r.step.ln.high, 2 * s);
    return two_sum(sum.high, sum.low + (2 * s_low + series + (r.exponent * ln_2.low + r.step.ln.low)));
}

// exp(high + low), where |low| is far below |high|.
double exp_of_parts(double high, double low) {
    if (high > 709.79) return infinity;
    if (high < -745.2) return 0.0;
    const double in_64ths = high * 92.332482616893656;  // 64 / ln 2
    const int n = static_cast<int>(in_64ths < 0 ? in_64ths - 0.5 : in_64ths + 0.5);
    const double r = ((high - n * ln_2_by_64.high) - n * ln_2_by_64.low) + low;
    // exp(r) - 1 for |r| < 0.0055
    const double p = r + r * r * (0.5 + r * (1.0 / 6 + r * (1.0 / 24 + r * (1.0 / 120 + r * (1.0 / 720)))));
    const int j = n & 63;
    const Parts power = powers_of_two[static_cast<std::size_t>(j)];
    return scaled(power.high + (power.low + power.high * p), (n - j) / 64);
}

// Horner's rule, the highest coefficient last in the list.
template <std::size_t N>
double polynomial(const std::array<double, N>& coefficients, double x) {
    double sum = coefficients[N - 1];
    for (std::size_t i = N - 1; i-- > 0;) sum = sum * x + coefficients[i];
    return sum;
}

// The continued fraction of the incomplete beta function, evaluated from the front (Lentz); converges fast for
// x < (a + 1) / (a + b + 2).
double beta_fraction(double a, double b, double x) {
    constexpr double tiny = 1e-300;
    double c = 1.0;
    double d = 1.0 - (a + b) * x / (a + 1.0);
    if (d == 0.0) d = tiny;
    d = 1.0 / d;
    double fraction = d;
    for (int m = 1; m <= 20'000; ++m) {
        const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        d = 1.0 + even * d;
        if (d == 0.0) d = tiny;
        c = 1.0 + even / c;
        if (c == 0.0) c = tiny;
        d = 1.0 / d;
        fraction *= d * c;
        const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        d = 1.0 + odd * d;
        if (d == 0.0) d = tiny;
        c = 1.0 + odd / c;
        if (c == 0.0) c = tiny;
        d = 1.0 / d;
        const double factor = d * c;
        fraction *= factor;
        if (factor > 1.0 - 0x1p-52 && factor < 1.0 + 0x1p-52) break;
    }
    return fraction;
}

}  // namespace portable_math

using namespace portable_math;

double log(double x) {
    if (!(x > 0.0)) return x == 0.0 ? -infinity : not_a_number;
    if (x == infinity) return infinity;
    const Reduced reduced_x = reduced(x);
    // ln(1 + r) by its series, |r| <= 2^-7, in an order that leaves little to wait for.
    const double r = (reduced_x.m - reduced_x.step.c) * reduced_x.step.inverse;
    const double r2 = r * r;
    const double r4 = r2 * r2;
    const double front = (-1.0 / 2 + r * (1.0 / 3)) + r2 * (-1.0 / 4 + r * (1.0 / 5));
    const double back = (-1.0 / 6 + r * (1.0 / 7)) + r2 * (-1.0 / 8);
    const double series = r2 * (front + r4 * back);
    const double exact = reduced_x.exponent * ln_2.high + reduced_x.step.ln.high;
    return exact + (r + (series + (reduced_x.exponent * ln_2.low + reduced_x.step.ln.low)));
}

double exp(double x) {
    if (!(x == x)) return not_a_number;
    return exp_of_parts(x, 0.0);
}

double pow(double x, double y) {
    if (y == 0.0 || x == 1.0) return 1.0;
    if (!(x >= 0.0) || !(y == y)) return not_a_number;
    if (x == 0.0) return y > 0.0 ? 0.0 : infinity;
    if (x == infinity) return y > 0.0 ? infinity : 0.0;
    // Beyond this |y ln x| is over 2^11 for every x but one, so the answer is out of range; it keeps the product below
    // exact.
    if (y > 0x1p64) return x > 1.0 ? infinity : 0.0;
    if (y < -0x1p64) return x > 1.0 ? 0.0 : infinity;
    const Parts ln_x = log_in_parts(x);
    const Parts product = two_product(y, ln_x.high);
    return exp_of_parts(product.high, product.low + y * ln_x.low);
}

double sqrt(double x) { return std::sqrt(x); }

double sine_of_turns(double x) {
    // Whole turns, then quarters of one, go away without rounding; what is left is at most an eighth of a turn.
    const double turn = x - std::floor(x);
    const double quarters = std::floor(turn * 4 + 0.5);
    const double angle = (turn - quarters / 4) * two_pi;
    const int quadrant = static_cast<int>(quarters) % 4;
    // Taylor's series: the first term left out is below 1e-17.
    const double square = angle * angle;
    double term = quadrant % 2 == 0 ? angle : 1.0;
    double sum = term;
    for (int n = quadrant % 2 == 0 ? 2 : 1; n <= 18; n += 2) {
        term *= -square / static_cast<double>(n * (n + 1));
        sum += term;
    }
    return quadrant >= 2 ? -sum : sum;
}

double ln_gamma(double x) {
    CHECK(x > 0.0, "ln_gamma needs a positive argument");
    // Stirling's series from 10 on; smaller arguments are raised by gamma(x + 1) = x gamma(x).
    double below = 1.0;
    while (x < 10.0) {
        below *= x;
        x += 1.0;
    }
    const double z = 1.0 / (x * x);
    constexpr std::array<double, 8> series{1.0 / 12,   -1.0 / 360,       1.0 / 1260, -1.0 / 1680,
                                           1.0 / 1188, -691.0 / 360'360, 1.0 / 156,  -3617.0 / 122'400};
    constexpr double half_ln_two_pi = 0.91893853320467274178;
    return (x - 0.5) * log(x) - x + half_ln_two_pi + polynomial(series, z) / x - log(below);
}

double normal_quantile(double p) {
    CHECK(p > 0.0 && p < 1.0, "a quantile needs a probability between 0 and 1");
    // M. J. Wichura, Algorithm AS 241: The Percentage Points of the Normal Distribution, Applied Statistics 37 (1988),
    // PPND16.
    constexpr std::array<double, 8> a{3.3871328727963666080e0,  1.3314166789178437745e+2, 1.9715909503065514427e+3,
                                      1.3731693765509461125e+4, 4.5921953931549871457e+4, 6.7265770927008700853e+4,
                                      3.3430575583588128105e+4, 2.5090809287301226727e+3};
    constexpr std::array<double, 8> b{1.0,
                                      4.2313330701600911252e+1,
                                      6.8718700749205790830e+2,
                                      5.3941960214247511077e+3,
                                      2.1213794301586595867e+4,
                                      3.9307895800092710610e+4,
                                      2.8729085735721942674e+4,
                                      5.2264952788528545610e+3};
    constexpr std::array<double, 8> c{1.42343711074968357734e0,  4.63033784615654529590e0, 5.76949722146069140550e0,
                                      3.64784832476320460504e0,  1.27045825245236838258e0, 2.41780725177450611770e-1,
                                      2.27238449892691845833e-2, 7.74545014278341407640e-4};
    constexpr std::array<double, 8> d{1.0,
                                      2.05319162663775882187e0,
                                      1.67638483018380384940e0,
                                      6.89767334985100004550e-1,
                                      1.48103976427480074590e-1,
                                      1.51986665636164571966e-2,
                                      5.47593808499534494600e-4,
                                      1.05075007164441684324e-9};
    constexpr std::array<double, 8> e{6.65790464350110377720e0,  5.46378491116411436990e0,  1.78482653991729133580e0,
                                      2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
                                      2.71155556874348757815e-5, 2.01033439929228813265e-7};
    constexpr std::array<double, 8> f{1.0,
                                      5.99832206555887937690e-1,
                                      1.36929880922735805310e-1,
                                      1.48753612908506148525e-2,
                                      7.86869131145613259100e-4,
                                      1.84631831751005468180e-5,
                                      1.42151175831644588870e-7,
                                      2.04426310338993978564e-15};
    const double q = p - 0.5;
    if (q >= -0.425 && q <= 0.425) {
        const double r = 0.180625 - q * q;
        return q * polynomial(a, r) / polynomial(b, r);
    }
    const double r = std::sqrt(-log(q < 0.0 ? p : 1.0 - p));
    const double z =
        r <= 5.0 ? polynomial(c, r - 1.6) / polynomial(d, r - 1.6) : polynomial(e, r - 5.0) / polynomial(f, r - 5.0);
    return q < 0.0 ? -z : z;
}

double incomplete_beta(double a, double b, double x) {
    CHECK(a > 0.0 && b > 0.0 && x >= 0.0 && x <= 1.0, "the incomplete beta function was asked for outside its range");
    if (x == 0.0 || x == 1.0) return x;
    const double front = exp(a * log(x) + b * log(1.0 - x) + ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b));
    if (x < (a + 1.0) / (a + b + 2.0)) return front * beta_fraction(a, b, x) / a;
    return 1.0 - front * beta_fraction(b, a, 1.0 - x) / b;
}

}  // namespace sim::math
