// The least a consumer can do: include a header and link.
#include <ir/base/error.h>

int main() {
    try {
        ricci::user_error("{} is not {}", 1, 2);
    } catch (const ricci::UserError&) {
        return 0;
    }
    return 1;
}
