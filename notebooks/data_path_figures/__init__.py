"""The figures of `data_paths.py`: each is computed by the model's own calls, says in a sentence what one sees in it,
and can draw itself. The sentences are made of the numbers, and `python/tests/test_notebook_data_paths.py` holds the
numbers against the rules that they show.
"""
