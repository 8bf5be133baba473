/* A shared object that a traced program loads while it runs. */
static volatile int sink;
void plugin_leaf(int number);
void plugin_leaf(int number) { sink = number; }
