-- Which models and tests took the most time in the last build?
with

last_runs as (

    select build_id
    from {{ ref('build_runs') }}
    order by build_number desc
    limit 1

)

select
    models.node_name,
    models.resource_type,
    models.status,
    models.count_rows,
    models.seconds
from last_runs
inner join {{ ref('build_run_models') }} as models on last_runs.build_id = models.build_id
order by models.seconds desc, models.node_name asc
limit 20
