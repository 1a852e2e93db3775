// Computes one window of a recording and some tokens by whisper.cpp, on one thread: what script/count-arm64 counts the instructions of.
// Usage: count-whisper-cpp MODEL RECORDING|- TOKENS|-   as the example one_window of crates/inference
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "whisper.h"

// Bytes before the samples of a WAV file as recorders write it.
constexpr long HEADER = 44;

static std::vector<float> samples_of(const char *path) {
    std::vector<float> samples;
    FILE *file = std::fopen(path, "rb");
    if (file == nullptr || std::fseek(file, HEADER, SEEK_SET) != 0) return samples;
    for (int16_t sample; std::fread(&sample, sizeof sample, 1, file) == 1;) samples.push_back(sample / 32768.0f);
    std::fclose(file);
    return samples;
}

int main(int count, char **arguments) {
    if (count != 4) return 2;
    whisper_context_params params = whisper_context_default_params();
    params.use_gpu = false;
    params.flash_attn = std::getenv("FLASH") != nullptr;
    whisper_context *context = whisper_init_from_file_with_params(arguments[1], params);
    if (context == nullptr) return 1;
    if (std::strcmp(arguments[2], "-") != 0) {
        std::vector<float> samples = samples_of(arguments[2]);
        if (whisper_pcm_to_mel(context, samples.data(), static_cast<int>(samples.size()), 1) != 0) return 1;
        if (whisper_encode(context, 0, 1) != 0) return 1;
    }
    if (std::strcmp(arguments[3], "-") == 0) return 0;
    // Which tokens does not matter: each takes the same.
    std::vector<whisper_token> tokens = {50258, 50266, 50359, 50363};
    int past = 0;
    for (int left = std::atoi(arguments[3]); left > 0; left--) {
        if (whisper_decode(context, tokens.data(), static_cast<int>(tokens.size()), past, 1) != 0) return 1;
        past += static_cast<int>(tokens.size());
        tokens = {50363};
    }
    return 0;
}
