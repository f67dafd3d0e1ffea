// Finds the build-id note of the loaded file that holds this code.
#include "codegen/jit/build_identity.h"

#include <elf.h>
#include <fmt/format.h>
#include <link.h>

#include <cstdint>
#include <cstring>

namespace ricci::codegen {
namespace {

struct Search {
    std::uintptr_t code;  // an address in the file that is looked for
    std::string identity;
};

bool holds(const dl_phdr_info& file, std::uintptr_t address) {
    for (int i = 0; i < file.dlpi_phnum; ++i) {
        const ElfW(Phdr)& segment = file.dlpi_phdr[i];
        const std::uintptr_t begin = file.dlpi_addr + segment.p_vaddr;
        if (segment.p_type == PT_LOAD && address >= begin && address - begin < segment.p_memsz) return true;
    }
    return false;
}

/// Notes lie one after the other: a header, the name, the content, each padded to four bytes.
std::string id_among(const unsigned char* notes, std::size_t bytes) {
    const auto padded = [](std::size_t size) { return (size + 3) / 4 * 4; };
    std::size_t at = 0;
    while (at + sizeof(ElfW(Nhdr)) <= bytes) {
        ElfW(Nhdr) note;
        std::memcpy(&note, notes + at, sizeof note);
        const std::size_t name = at + sizeof note;
        const std::size_t content = name + padded(note.n_namesz);
        if (content + note.n_descsz > bytes) break;
        if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 && std::memcmp(notes + name, "GNU", 4) == 0) {
            std::string id;
            for (std::size_t i = 0; i < note.n_descsz; ++i) id += fmt::format("{:02x}", notes[content + i]);
            return id;
        }
        at = content + padded(note.n_descsz);
    }
    return {};
}

int visit(dl_phdr_info* file, std::size_t, void* data) {
    Search& search = *static_cast<Search*>(data);
    if (!holds(*file, search.code)) return 0;
    for (int i = 0; i < file->dlpi_phnum && search.identity.empty(); ++i) {
        const ElfW(Phdr)& segment = file->dlpi_phdr[i];
        if (segment.p_type != PT_NOTE) continue;
        search.identity =
            id_among(reinterpret_cast<const unsigned char*>(file->dlpi_addr + segment.p_vaddr), segment.p_memsz);
    }
    return 1;
}

}  // namespace

std::string build_identity() {
    Search search{reinterpret_cast<std::uintptr_t>(&build_identity), {}};
    dl_iterate_phdr(visit, &search);
    return search.identity;
}

}  // namespace ricci::codegen
