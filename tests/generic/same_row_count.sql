{#- As many rows as another model: what is joined on has lost none and repeated none. -#}
{% test same_row_count(model, compare_to) %}
select
    model_rows.count_rows,
    compared_rows.count_rows as count_compared_rows
from (select count(*) as count_rows from {{ model }}) as model_rows
cross join (select count(*) as count_rows from {{ compare_to }}) as compared_rows
where model_rows.count_rows <> compared_rows.count_rows
{% endtest %}
