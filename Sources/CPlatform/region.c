// Thin shims over the system calls of region.h. No logic beyond filling the kernel's structures.
#define _GNU_SOURCE
#include "region.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/mempolicy.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

int platform_memfd_create(const char *name, int huge) {
  return memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | (huge ? MFD_HUGETLB : 0));
}

int platform_required_seals(void) { return F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL; }

int platform_seal(int descriptor) {
  return fcntl(descriptor, F_ADD_SEALS, platform_required_seals());
}

int platform_seals(int descriptor) { return fcntl(descriptor, F_GET_SEALS); }

int platform_allocate_blocks(int descriptor, int64_t length) {
  return fallocate(descriptor, FALLOC_FL_KEEP_SIZE, 0, length);
}

int platform_rename_exclusive(int directory, const char *from, const char *to) {
  if (renameat2(directory, from, directory, to, RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS) return -1;
  // A file system without RENAME_NOREPLACE: a link refuses an existing name just as well.
  if (linkat(directory, from, directory, to, 0) != 0) return -1;
  return unlinkat(directory, from, 0);
}

int platform_bind_to_node(uintptr_t address, size_t byte_count, unsigned node) {
  enum { BITS = 8 * sizeof(unsigned long), WORDS = 16 };  // room for 1024 nodes, the kernel's most
  unsigned long mask[WORDS] = {0};
  if (node >= BITS * WORDS) {
    errno = EINVAL;
    return -1;
  }
  mask[node / BITS] = 1ul << (node % BITS);
  // The kernel ignores the last bit of the count it is given, hence the one more.
  return (int)syscall(SYS_mbind, address, byte_count, MPOL_BIND, mask, BITS * WORDS + 1,
                      MPOL_MF_STRICT | MPOL_MF_MOVE);
}

int platform_pidfd_open(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

int platform_send_descriptor(int socket, int descriptor) {
  char byte = 'R';
  struct iovec part = {&byte, 1};
  union {
    struct cmsghdr header;
    char room[CMSG_SPACE(sizeof(int))];
  } control;
  memset(&control, 0, sizeof control);
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control,
                           .msg_controllen = sizeof control};
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  memcpy(CMSG_DATA(header), &descriptor, sizeof(int));
  ssize_t sent;
  do sent = sendmsg(socket, &message, MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR);
  return sent == 1 ? 0 : -1;
}

int platform_receive_descriptor(int socket) {
  // Room for more than one, so that what a careless peer sends beyond it is closed, not leaked.
  enum { MOST = 16 };
  char byte;
  struct iovec part = {&byte, 1};
  union {
    struct cmsghdr header;
    char room[CMSG_SPACE(MOST * sizeof(int))];
  } control;
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control,
                           .msg_controllen = sizeof control};
  ssize_t received;
  do received = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  while (received < 0 && errno == EINTR);
  if (received < 0) return -1;
  int found[MOST], count = 0;
  for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header;
       header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    int here = (int)((header->cmsg_len - CMSG_LEN(0)) / sizeof(int));
    for (int i = 0; i < here && count < MOST; i++)
      memcpy(&found[count++], CMSG_DATA(header) + (size_t)i * sizeof(int), sizeof(int));
  }
  if (received == 1 && count == 1 && !(message.msg_flags & MSG_CTRUNC)) return found[0];
  for (int i = 0; i < count; i++) close(found[i]);
  errno = received == 0 ? ECONNRESET : EBADMSG;
  return -1;
}
